#!/bin/sh
# Makes static/vendor/pipecat.js, the one file of the console that is not written here: Pipecat's browser client.
# Needs node and npm; running the console needs neither. Run it after changing a version below, and commit the result.
set -eu

CLIENT=1.13.1      # @pipecat-ai/client-js
TRANSPORT=1.10.8   # @pipecat-ai/small-webrtc-transport
ESBUILD=0.28.2

out="$(cd "$(dirname "$0")" && pwd)/static/vendor"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
cd "$work"

echo '{"private": true}' > package.json
npm install --no-save --no-package-lock --loglevel=error \
  "@pipecat-ai/client-js@$CLIENT" "@pipecat-ai/small-webrtc-transport@$TRANSPORT" "esbuild@$ESBUILD"

cat > entry.js <<'JS'
export { PipecatClient, RTVIEvent, LogLevel } from "@pipecat-ai/client-js";
export { SmallWebRTCTransport } from "@pipecat-ai/small-webrtc-transport";
JS
# The transport names Daily's call object as its default media manager, which fetches code from a third-party host.
# The console brings its own (static/microphone.js), so that package is left out of the bundle.
echo 'export default {};' > no-daily.js

npx esbuild entry.js --bundle --format=esm --minify --target=es2022 --charset=utf8 --legal-comments=none \
  --alias:@daily-co/daily-js=./no-daily.js --metafile=meta.json --outfile=pipecat.js \
  --banner:js="/* @pipecat-ai/client-js $CLIENT and @pipecat-ai/small-webrtc-transport $TRANSPORT, made by console/build.sh; licences in LICENSES.txt */"

if grep -nE 'sourceMappingURL|c\.daily\.co|registry\.' pipecat.js; then
  echo "the bundle names a host it must not" >&2
  exit 1
fi

# Every package in the bundle, with its licence.
node -e '
  const { readFileSync, readdirSync } = require("fs");
  const files = Object.keys(JSON.parse(readFileSync("meta.json")).inputs);
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  const packages = [...new Set(files.map((file) => file.match(name)?.[1]).filter(Boolean))].sort();
  for (const one of packages) {
    const folder = `node_modules/${one}`;
    const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    console.log(`${one} ${version} (${license})\n`);
    if (file) console.log(readFileSync(`${folder}/${file}`, "utf8").trim() + "\n");
    console.log("-".repeat(80) + "\n");
  }
' > LICENSES.txt

mv pipecat.js LICENSES.txt "$out/"
ls -l "$out"
