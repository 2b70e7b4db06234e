#pragma once

// What functions may know of the session while a statement is bound. It becomes constants of their
// calls: nothing is looked up when they run.

#include <cstdint>
#include <optional>
#include <string>

#include "dialect/sql/type/sql_mode.h"
#include "function/family.h"
#include "value/collation.h"

namespace octavo::sql {

struct SessionFacts {
  std::int64_t now_ns = 0;  // of the statement: since 1970, UTC
  SqlMode mode = sql_mode::kDefault;
  // An INSERT, UPDATE or DELETE in strict mode and without IGNORE: what is a warning elsewhere is
  // an error.
  bool strict_write = false;
  std::string time_zone = "+00:00";  // an offset or a name that convert/zone.h knows; never SYSTEM
  const value::Collation* collation = nullptr;  // collation_connection: of literals. Never null

  bool foreign_key_checks = true;
  std::optional<std::string> database;
  std::string user;          // as the client said: 'name@host'
  std::string current_user;  // as it was let in: 'name@%'
  std::uint64_t connection_id = 0;
  std::uint64_t locks = 0;  // named_locks.h; 0: it has none
  std::string version;
  std::uint64_t last_insert_id = 0;
  std::uint64_t found_rows = 0;
  std::int64_t row_count = -1;  // of the statement before

  std::uint8_t div_precision_increment = 4;
  std::uint64_t max_allowed_packet = 67'108'864;
  std::uint64_t group_concat_max_len = 1'024;
  std::uint64_t cte_max_recursion_depth = 1'000;
  std::uint8_t default_week_format = 0;

  bool has(sql_mode::Bit bit) const { return (mode & bit) != 0; }
};

// What binding an expression asks for. One statement, one thread.
struct CallContext {
  const SessionFacts& session;
  // Where constant parts are computed, and whose notes tell what binding warns of.
  function::EvalContext& constants;
};

}  // namespace octavo::sql
