#pragma once

// What a call needs of whom it is run for: read out of the command's row and the arguments, so
// that every database a call touches is among it. Who has what is the engine's affair
// (engine/access.h).

#include <cstdint>
#include <string>

#include "keyspace/command.h"

namespace octavo::keyspace {

using DatabaseSet = std::uint64_t;  // a bit for each
constexpr DatabaseSet kNoDatabases = 0;
constexpr DatabaseSet kAllDatabases = ~DatabaseSet{0};
constexpr DatabaseSet database_bit(unsigned db) { return DatabaseSet{1} << db; }

struct Needs {
  DatabaseSet read = kNoDatabases;   // all of these
  DatabaseSet write = kNoDatabases;  // and all of these
  bool read_any = false;             // and one, whichever
  bool write_any = false;
  bool config = false;  // of the whole server

  friend bool operator==(const Needs&, const Needs&) = default;
};

// `db`: the selected database. Arguments that the handler will refuse name no database.
Needs needs_of(const CommandSpec& spec, unsigned db, Args args);
// Whether the row says what it needs.
bool says_needs(const CommandSpec& spec);

// What a client is told whose call was refused.
std::string no_permission(const CommandSpec& spec);

// A call that answers with the error its one argument says: what becomes of a refused one.
const CommandSpec& refused_call();
// A call that answers with the bytes of its one argument, a whole reply: what becomes of one that
// ran before the others of its transaction.
const CommandSpec& answered_call();

}  // namespace octavo::keyspace
