#!/bin/bash
# Installs what is missing to build and test on Debian 12, and says nothing when all is there.
#
#   tools/setup.sh build     compile and run
#   tools/setup.sh test      + what the tests need
#   tools/setup.sh lint      + clang-tidy, clang-format
#   tools/setup.sh bench     + what the benchmarks need (the peers: those that the tests have)
#
# cmake/deps.cmake is the list of libraries that this must satisfy.
set -euo pipefail

build=(
  clang-19 libstdc++-12-dev cmake ninja-build make ccache mold git
  ca-certificates python3
  libboost1.81-dev libssl-dev librocksdb-dev zlib1g-dev libzstd-dev libfmt-dev libspdlog-dev libsimdjson-dev
  libsnappy-dev libbson-dev libmongoc-dev libre2-dev libpcre2-dev libicu-dev libs2-dev libstemmer-dev libxxhash-dev libjemalloc-dev libcli11-dev
  libtomlplusplus-dev liblua5.1-0-dev lua-cjson-dev lua-bitop-dev duktape-dev prometheus-cpp-dev libgtest-dev libgmock-dev libbenchmark-dev
)
# The sanitizers and their symbolizer, the second compiler, the linter, the clients and what they are compared to.
test=(libclang-rt-19-dev llvm-19 g++-12 python3-venv redis-tools redis-server openssl procps util-linux gdb
      mariadb-client mariadb-server-core libmariadb-dev python3-dev pkg-config gcc
      php-cli php-mysql wordpress wordpress-theme-twentytwentyone
      clang-format-19 clang-tidy-19)
lint=(clang-tidy-19 clang-format-19)

case "${1:-build}" in
  build) wanted=("${build[@]}") ;;
  test) wanted=("${build[@]}" "${test[@]}") ;;
  lint) wanted=("${build[@]}" "${lint[@]}") ;;
  bench) wanted=("${build[@]}" "${test[@]}") ;;
  *) echo "usage: tools/setup.sh [build|test|lint|bench]" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [[ $status == "install ok installed" ]] || missing+=("$package")
done
# Node may come from elsewhere than Debian, with npm inside.
if [[ ${1:-build} == test || ${1:-build} == bench ]] && ! { command -v node && command -v npm; } \
    >/dev/null 2>&1; then
  missing+=(nodejs npm)
fi
# Go, too, and it has to: Debian 12 has 1.19, which reads none of today's modules.
if [[ ${1:-build} == test ]] && ! command -v go >/dev/null 2>&1; then
  echo "No Go: the tests of its MySQL driver will be skipped (they need 1.24)." >&2
fi
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "Missing packages, and neither root nor sudo to install them. As root:" >&2
    echo "  apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -q
# A package that brings a service (redis-server) must not start it on a port that Octavo wants:
# exit code 101 tells invoke-rc.d "not allowed".
policy=/usr/sbin/policy-rc.d
made_policy=
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod +x "$policy"
  made_policy=1
fi
trap '[[ -z $made_policy ]] || "${as_root[@]}" rm -f "$policy"' EXIT
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
  apt-get install -q -y --no-install-recommends "${missing[@]}"
