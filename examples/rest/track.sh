#!/usr/bin/env bash
# Logs a run with params, the history of a metric and a file, and reads it back: curl alone.
#   SERVER=http://localhost:8888 TOKEN=... ./track.sh
set -euo pipefail
api="${SERVER%/}/mlops-lab/api"
ask() { curl --silent --show-error --fail-with-body --retry 5 \
  --header "Authorization: token $TOKEN" "$@"; }
send() { ask --header "Content-Type: application/json" "$@"; }

# A run. The key makes it safe to send again after a broken connection: it is made once.
made=$(send --request POST "$api/runs" --header "Idempotency-Key: track-sh-$$-$RANDOM$RANDOM" \
  --data '{"experiment": "from a shell", "name": "first", "params": {"rate": 0.1, "kind": "ridge"}}')
run=$(grep -o '"id":"[0-9a-f]\{32\}"' <<<"$made" | head -n 1 | cut -d '"' -f 4)

# The history of a metric: many points at once.
points=""
for step in $(seq 1 20); do
  points+="${points:+,}{\"name\": \"loss\", \"value\": 0.$((100 - step)), \"step\": $step}"
done
send --request POST "$api/runs/$run/batch" \
  --data "{\"metrics\": [$points], \"tags\": {\"host\": \"$(uname -n)\"}}"

# A file.
echo "coefficients: 1, 2, 3" | ask --request PUT --data-binary @- \
  --header "Content-Type: application/octet-stream" "$api/runs/$run/artifacts/model/weights.txt"
echo

# The end, and back again.
send --request PATCH "$api/runs/$run" --data '{"status": "finished"}' --output /dev/null
ask "$api/runs/$run/series?name=loss"
echo
ask "$api/runs/$run/artifacts/model/weights.txt"
echo "run $run"
