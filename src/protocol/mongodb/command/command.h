#pragma once

// A command is a row: its name, where and by whom it may be called, what it takes, and the function
// that runs it. Each family of commands has a file with its rows; table.cc puts them together.
//
//   Result<Reply> run_count(CommandCall& call) { … }
//   constexpr FieldRow kCountFields[] = {{"query", field::kObject}, {"limit", field::kNumber}, …};
//   constexpr CommandRow kRows[] = {
//       {.name = "count", .target = Target::collection, .flags = kReadConcern | kHere,
//        .fields = kCountFields, .run = run_count}};
//   std::span<const CommandRow> document_commands() { return kRows; }
//
// Before `run` the dialogue has checked what is the same for all: who calls, fields that nobody
// knows, are missing, or have a wrong type, the namespace, the fields that every command may have
// (comment, maxTimeMS, readConcern, writeConcern, lsid, txnNumber, …), and the state of the
// client's session.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"
#include "catalog/model.h"
#include "io/task.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/reply.h"

namespace octavo::mongodb {

class CommandCall;

using CommandFlags = std::uint32_t;

enum CommandFlag : CommandFlags {
  kBeforeLogin = 1U << 0,  // allowed to who has not logged in
  kAdminOnly = 1U << 1,    // on the database admin (13 elsewhere)
  // It ends soon: it runs on the connection's thread, where its context may not wait. An error
  // `would_block` there runs it again, from its beginning, on a worker: so it is to be returned as
  // it is, before anything has been changed. Without the flag it runs on a worker at once.
  kHere = 1U << 2,
  kReadConcern = 1U << 3,     // takes a level of readConcern other than local (72)
  kWriteConcern = 1U << 4,    // takes writeConcern (72); the dialogue keeps what it promises
  kInTransaction = 1U << 5,   // may run in a transaction (263)
  kRetryableWrite = 1U << 6,  // may have a txnNumber outside of a transaction (50768)
  kStableApi = 1U << 7,       // in version 1 of the Stable API (323)
  kAnyFields = 1U << 8,       // fields that it does not know are passed over
  kUrgent = 1U << 9,       // on a worker before others: what an operator does about a busy server
  kDeprecated = 1U << 10,  // 324 where apiDeprecationErrors
  kEndsTransaction = 1U << 11,  // commitTransaction, abortTransaction
  kHidden = 1U << 12,           // not among those of listCommands
  kOldGreeting = 1U << 13,      // may come as OP_QUERY (352)
  kSecret = 1U << 14,           // has passwords in it: its text is shown to nobody
  kOwnTime = 1U << 15,          // maxTimeMS is no deadline of it
  kNeverFirst = 1U << 16,       // no transaction begins with it (263)
  // It changes definitions, and neither reads nor writes documents: a transaction that has done
  // nothing else sees what was defined.
  kDefines = 1U << 17,
};

// What the first field's value is.
enum class Target : std::uint8_t {
  none,               // nothing is asked of it
  collection,         // a name of one (73)
  collection_or_one,  // the same, or a number that is 1: the database
  // Its row is among `fields`, under the command's name.
  field,
};

// As what serverStatus counts a call.
enum class Operation : std::uint8_t { insert, query, update, remove, get_more, command };
constexpr std::size_t kOperations = 6;

struct CommandRow {
  std::string_view name;
  std::array<std::string_view, 2> aliases = {};  // other spellings; a reply names none
  Target target = Target::none;
  CommandFlags flags = 0;
  // On its collection, or its database where it is about no collection: 13 before anything tells
  // whether that is there (rights.h). An aggregation of a database needs nothing by itself.
  std::optional<catalog::Permission> needs = {};
  // In place of it, where the names are among the fields.
  Status (*may)(CommandCall& call) = nullptr;
  std::span<const FieldRow> fields = {};  // beside the first one, and those of every command
  // One of the two. `run` computes and may wait, where its context says so. It is called again when
  // its reply says that it waits (Reply::wait).
  Result<Reply> (*run)(CommandCall& call) = nullptr;
  // On the connection's thread: what is about the connection, or waits in other ways.
  io::Task<Result<Reply>> (*dialogue)(CommandCall& call) = nullptr;
  std::string_view help = {};
  Operation counted = Operation::command;
};

// Null: no such command. Names are exact, and so are aliases.
const CommandRow* find_command(std::string_view name);
// All rows, family by family.
std::span<const std::span<const CommandRow>> command_families();

// --- Families, each in its file ---
std::span<const CommandRow> aggregate_commands();  // aggregate.cc: aggregate
std::span<const CommandRow>
collection_commands();                            // collections.cc: create, drop, listCollections…
std::span<const CommandRow> contents_commands();  // contents.cc: dataSize, dbHash…
std::span<const CommandRow> document_commands();  // documents.cc: find, insert, update, delete…
std::span<const CommandRow> explain_commands();   // explain.cc
std::span<const CommandRow> index_commands();     // indexes.cc
std::span<const CommandRow> cursor_commands();    // cursor_commands.cc: getMore, killCursors
std::span<const CommandRow> hello_commands();     // hello.cc
std::span<const CommandRow> login_commands();     // login.cc
std::span<const CommandRow> process_commands();   // process.cc: currentOp, killOp
std::span<const CommandRow> profile_commands();   // profile.cc
std::span<const CommandRow> server_commands();    // server.cc: ping, buildInfo, serverStatus…
std::span<const CommandRow> maintenance_commands();  // maintenance.cc: fsync
std::span<const CommandRow> parameter_commands();    // parameters.cc
std::span<const CommandRow> replica_set_commands();  // replica_set.cc
std::span<const CommandRow> role_commands();         // role_commands.cc: createRole…
std::span<const CommandRow> session_commands();      // sessions.cc
std::span<const CommandRow> transaction_commands();  // transactions.cc
std::span<const CommandRow> test_commands();         // test.cc: configureFailPoint
std::span<const CommandRow> upkeep_commands();       // upkeep.cc: planCacheClear…
std::span<const CommandRow> user_commands();         // users.cc

}  // namespace octavo::mongodb
