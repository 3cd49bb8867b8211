#!/bin/sh
# Builds the consumer outside the tree, with `traits: []`, and fails unless latchkey is all that it resolves.
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp -R "$repository/Tests/Consumer/Package.swift" "$repository/Tests/Consumer/Sources" "$work"
# Under the name that the repository has everywhere but in a checkout.
ln -s "$repository" "$work/latchkey"
sed -i.bak "s|path: \"../..\"|path: \"$work/latchkey\"|" "$work/Package.swift"
cd "$work"

resolved=$(swift package show-dependencies --format flatlist | grep -v '^$')
checkouts=$(ls .build/checkouts 2>/dev/null || true)
if [ "$resolved" != latchkey ] || [ -n "$checkouts" ] || [ -e Package.resolved ]; then
    printf 'With traits: [] the verifier must resolve nothing but latchkey, but it resolved:\n%s\n%s\n' \
        "$resolved" "$checkouts" >&2
    exit 1
fi
swift build --quiet
"$(swift build --show-bin-path)/Consumer"
echo "A consumer with traits: [] resolves and builds nothing but latchkey."
