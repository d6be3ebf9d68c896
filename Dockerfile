# The server alone: stores are other containers, vendors are reached with keys. It never runs as root.
# The same image is the migration job: `docker run ... python -m db.migrate`.
FROM python:3.12-slim AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --no-create-home tiffin
COPY --from=build /venv /venv
# Dependencies only are installed: with PYTHONPATH our own top-level names come before any package's.
ENV PATH=/venv/bin:$PATH
ENV PYTHONPATH=/app
ENV PYTHONDONTWRITEBYTECODE=1
ENV PYTHONUNBUFFERED=1
WORKDIR /app
COPY . .
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/healthz')"]
CMD ["python", "server.py"]
