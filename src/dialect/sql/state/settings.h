#pragma once

// What statements ask of a session's variables, in the form in which they ask.

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "dialect/sql/lexer/dialect.h"
#include "dialect/sql/state/transaction.h"
#include "dialect/sql/state/variable_values.h"
#include "dialect/sql/type/sql_mode.h"
#include "value/collation.h"

namespace octavo::sql {

struct Settings {
  SqlMode mode = sql_mode::kDefault;
  Modes text_modes = 0;                // those of them that change what a text means
  std::string time_zone;               // an offset or a name; never SYSTEM
  const value::Charset* client;        // of statements; never null
  const value::Charset* results;       // of texts in results; null: as they are
  const value::Collation* connection;  // of literals; never null
  const value::Collation* server;      // of new databases; never null
  bool autocommit = true;
  Characteristics transactions = {};  // that begin without words of their own
  bool chains = false;                // COMMIT and ROLLBACK do so: completion_type
  bool releases = false;
  Nanoseconds row_lock_time{0};    // how long a statement waits for a row
  Nanoseconds table_lock_time{0};  // and a definition for the rows of its table
  TransactionTracker::Wanted tracked = TransactionTracker::Wanted::nothing;
  bool foreign_key_checks = true;
  bool notes = true;               // sql_notes
  std::uint64_t select_limit = 0;  // rows of a SELECT without LIMIT; the greatest number: all
  Nanoseconds select_time{0};      // what a SELECT may take; 0: any time
  Nanoseconds idle_time{0};        // what a client may be silent
  std::size_t most_notes = 0;
  std::uint64_t max_packet = 0;
  std::uint64_t group_concat_bytes = 0;
  std::uint64_t recursion_steps = 0;
  std::uint8_t division_digits = 4;
  std::uint8_t week_format = 0;
};

Settings settings_of(const VariableValues& values);

// "ANSI_QUOTES,STRICT_ALL_TABLES" and back; a combination's name stands for its modes. Nothing:
// `unknown` is a word that no mode has.
std::string mode_text(SqlMode mode);
std::optional<SqlMode> mode_of_text(std::string_view text, std::string& unknown);

// What `time_zone` is set to: SYSTEM, Europe/Berlin, "+05:30". Nothing: there is no such zone.
std::optional<std::string> zone_of_text(std::string_view text);

// SYSTEM: the zone of the machine is not asked, times are those of UTC.
inline constexpr std::string_view kSystemZone = "+00:00";

}  // namespace octavo::sql
