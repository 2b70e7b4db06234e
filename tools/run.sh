#!/bin/bash
# Starts the server on its standard ports with its data in ./data (OCTAVO_DATA names another
# folder), and says what to connect with. Further arguments go to `octavo serve`.
set -euo pipefail
cd "$(dirname "$0")/.."

cat <<'TEXT'
Starting Octavo. When it says `ready`, try:

  RethinkDB  localhost:28015     pip install rethinkdb, then in python3:
      from rethinkdb import RethinkDB
      r = RethinkDB(); conn = r.connect()
      r.table_create('books').run(conn)
      r.table('books').insert([{'title': 'Emma'}, {'title': 'Middlemarch'}]).run(conn)
      for change in r.db('redis').table('db0').changes().run(conn): print(change)

  Redis      localhost:6379      redis-cli (package redis-tools)
      SET greeting hello         (the changes() above prints it)
      GET greeting

  HTTP       localhost:8080      curl http://localhost:8080/health
                                 curl http://localhost:8080/metrics

Control-C stops it; `make run` again finds the data where it was.

TEXT
exec build/release/octavo serve --data "${OCTAVO_DATA:-./data}" "$@"
