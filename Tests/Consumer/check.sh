#!/bin/sh
# Builds the consumer outside the tree, with `traits: []`, and fails unless latchkey is all that it resolves. Then
# resolves it with the trait Hummingbird, and fails when something comes along that only the server needs.
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

sed -i.bak 's|traits: \[\]|traits: ["Hummingbird"]|' Package.swift
resolved=$(swift package show-dependencies --format flatlist 2>resolving) || { cat resolving >&2; exit 1; }
for package in hummingbird async-http-client; do
    echo "$resolved" | grep -qx $package || { echo "With the trait Hummingbird $package is missing." >&2; exit 1; }
done
if echo "$resolved" | grep -x -e grdb.swift -e swift-mustache -e swift-argument-parser; then
    echo 'These come along with the trait Hummingbird, and only the server needs them.' >&2
    exit 1
fi
echo "With the trait Hummingbird nothing is resolved that only the server needs."
