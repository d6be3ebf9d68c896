"""Every environment variable, read once. Addresses and secrets only: behaviour lives in YAML."""

import os
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import AnyUrl, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from errors import ConfigError

DEV_SECRET = "dev-only-secret-change-me"
VENDORS = ("twilio", "deepgram", "elevenlabs", "anthropic", "openai", "google_maps", "stripe", "razorpay")
ADDRESSES = ("public_url", "media_url", "qdrant_url", "sandbox_url")
Names = Annotated[tuple[str, ...], NoDecode]
Secret = SecretStr | None


class Settings(BaseSettings):
    """The whole environment; field names are the variable names in lower case."""

    model_config = SettingsConfigDict(extra="ignore", hide_input_in_errors=True)

    app_env: Literal["dev", "prod"] = "dev"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str = ""
    media_url: str = ""
    capacity: int = Field(20, ge=1)
    """Calls this process holds at once: what its cores can do."""
    trusted_proxies: Names = ()
    """Addresses and networks whose X-Forwarded-For is believed; nobody's by default."""

    database_url: SecretStr | None = None
    redis_url: SecretStr | None = None
    qdrant_url: str | None = None
    amqp_url: SecretStr | None = None

    secret_key: SecretStr = SecretStr(DEV_SECRET)
    pii_keys: SecretStr = SecretStr("")
    """`id:base64key,id:base64key`; the first one encrypts, all of them decrypt."""
    api_keys: SecretStr = SecretStr("")
    """`name:secret:scope+scope,...`; scopes read, operate, privacy, restaurant=<id>, driver=<id>."""
    test_numbers: Names = ()
    sentry_dsn: SecretStr | None = None
    otel_exporter_otlp_endpoint: str | None = None
    clock_start: datetime | None = None
    clock_speed: float = Field(1.0, gt=0, le=10_000)
    simulated: Names = ()
    sandbox_url: str | None = None
    ice_servers: Names = ()

    twilio_account_sid: str | None = None
    twilio_auth_token: Secret = None
    twilio_from_number: str | None = None
    twilio_base_url: str | None = None
    deepgram_api_key: Secret = None
    deepgram_base_url: str | None = None
    elevenlabs_api_key: Secret = None
    elevenlabs_base_url: str | None = None
    anthropic_api_key: Secret = None
    anthropic_base_url: str | None = None
    openai_api_key: Secret = None
    openai_base_url: str | None = None
    google_maps_api_key: Secret = None
    google_maps_base_url: str | None = None
    stripe_api_key: Secret = None
    stripe_webhook_secret: Secret = None
    stripe_base_url: str | None = None
    razorpay_key_id: str | None = None
    razorpay_key_secret: Secret = None
    razorpay_webhook_secret: Secret = None
    razorpay_base_url: str | None = None

    @field_validator("test_numbers", "simulated", "ice_servers", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator(*(f"{vendor}_base_url" for vendor in VENDORS), *ADDRESSES)
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        if value:
            if AnyUrl(value).scheme not in {"http", "https", "ws", "wss"}:
                raise ValueError("must start with http(s):// or ws(s)://")
            return value.rstrip("/")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for part in value:
            try:
                whole = ip_network(part).prefixlen == 0
            except ValueError as error:
                raise ValueError("has to be IP addresses and networks, like 10.0.0.5,10.1.0.0/16") from error
            if whole:
                raise ValueError("must not be everybody: then anybody could claim any address")
        return value

    @field_validator("clock_start")
    @classmethod
    def _aware(cls, value: datetime | None) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("needs a zone, for example 2026-03-02T18:30:00+00:00")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments only: `read_settings` hands the environment over. Whoever wants a .env file exports it."""
        return (init_settings,)

    @property
    def public(self) -> str:
        """Root of the address vendors and browsers reach us at, without a trailing slash."""
        return self.public_url or f"http://127.0.0.1:{self.port}"

    @property
    def media(self) -> str:
        """Root of this instance's address for media sockets, ws(s)://."""
        root = self.media_url or self.public
        return "ws" + root.removeprefix("http") if root.startswith("http") else root

    @property
    def prod(self) -> bool:
        """True where real customers call."""
        return self.app_env == "prod"

    def missing_for_prod(self) -> list[str]:
        """Everything that keeps this environment from serving real customers; empty when it may."""
        problems = [f"{name.upper()} is missing" for name in REQUIRED_IN_PROD if not getattr(self, name)]
        problems += [f"{name} is simulated (SIMULATED)" for name in self.simulated]
        if self.secret_key.get_secret_value() == DEV_SECRET:
            problems.append("SECRET_KEY still has its default")
        if not self.pii_keys.get_secret_value():
            problems.append("PII_KEYS is missing")
        if not self.api_keys.get_secret_value():
            problems.append("API_KEYS is missing")
        if self.clock_start is not None or self.clock_speed != 1.0:
            problems.append("CLOCK_START and CLOCK_SPEED are not for production")
        return problems


REQUIRED_IN_PROD = (
    "public_url", "database_url", "redis_url", "qdrant_url", "amqp_url",
    "twilio_account_sid", "twilio_auth_token", "twilio_from_number", "deepgram_api_key", "elevenlabs_api_key",
    "anthropic_api_key", "openai_api_key", "google_maps_api_key", "stripe_api_key", "stripe_webhook_secret",
    "razorpay_key_id", "razorpay_key_secret", "razorpay_webhook_secret",
)  # fmt: skip


def read_settings(environment: Mapping[str, str] | None = None) -> tuple[Settings, list[str]]:
    """The environment (or the given one), as far as it can be read, and all that is wrong with it.

    A variable that cannot be read has its default. Each problem has its variable's name; values are never shown.
    """
    source = os.environ if environment is None else environment
    values = {name: source[name.upper()] for name in Settings.model_fields if source.get(name.upper())}
    unread: dict[str, str] = {}
    try:
        settings = Settings(**values)  # type: ignore[arg-type]  # pydantic reads the strings
    except ValidationError as error:
        unread = {str(e["loc"][0]): e["msg"] for e in error.errors()}
        defaults = {name: Settings.model_fields[name].get_default() for name in unread}
        settings = Settings(**values | defaults)
    problems = [f"{name.upper()}: {message}" for name, message in unread.items()]
    if settings.prod:
        told = {name.upper() for name in unread}
        problems += [problem for problem in settings.missing_for_prod() if problem.split()[0] not in told]
    return settings, problems


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment (or the given one) once.

    Raises:
        ConfigError: every problem at once, each with its variable's name; values are never shown.
    """
    settings, problems = read_settings(environment)
    if problems:
        raise ConfigError(problems)
    return settings


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read at the first call."""
    return load_settings()
