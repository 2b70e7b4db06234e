#!/bin/bash
# Starts the server on its standard ports with its data in ./data (OCTAVO_DATA names another
# folder), and says what to connect with. Further arguments go to `octavo serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

# The port that a protocol gets: from the arguments, the environment, or the standard one.
port() {
  local protocol=$1 found=$2 variable=OCTAVO_${1^^}_PORT
  found=${!variable:-$found}
  shift 2
  while [[ $# -gt 0 ]]; do
    case $1 in
      --"$protocol"-port) found=${2:-} ;;
      --"$protocol"-port=*) found=${1#*=} ;;
    esac
    shift
  done
  case $found in
    0) echo '(see the line `listening`)' ;;
    off) echo '(off)' ;;
    *) echo "$found" ;;
  esac
}
rethinkdb=$(port rethinkdb 28015 "$@")
redis=$(port redis 6379 "$@")
mongodb=$(port mongodb 27017 "$@")
http=$(port http 8080 "$@")

cat <<TEXT
Starting Octavo. When it says \`ready\`, try:

  RethinkDB  localhost:$rethinkdb     pip install rethinkdb, then in python3:
      from rethinkdb import RethinkDB
      r = RethinkDB(); conn = r.connect(port=$rethinkdb)
      r.table_create('books').run(conn)
      r.table('books').insert([{'title': 'Emma'}, {'title': 'Middlemarch'}]).run(conn)
      for change in r.db('redis').table('db0').changes().run(conn): print(change)

  Redis      localhost:$redis      redis-cli -p $redis (package redis-tools)
      SET greeting hello         (the changes() above prints it)
      GET greeting

  MongoDB    localhost:$mongodb     pip install pymongo, then in python3:
      from pymongo import MongoClient
      MongoClient(port=$mongodb).test.books.find_one({'title': 'Emma'})

  HTTP       localhost:$http      curl http://localhost:$http/health
                                 curl http://localhost:$http/metrics

Control-C stops it; \`make run\` again finds the data where it was.

TEXT
exec build/release/octavo serve --data "${OCTAVO_DATA:-./data}" "$@"
