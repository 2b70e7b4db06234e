#pragma once

// The text of definitions, byte for byte as MySQL 8.0 prints it: clients read it with regular
// expressions.

#include <cstdint>
#include <string>

#include "catalog/model.h"

namespace octavo::sql {

struct ShowOptions {
  char quote = '`';               // `"` in the mode ANSI_QUOTES
  std::uint64_t next_number = 1;  // of AUTO_INCREMENT
};

std::string show_create_table(const catalog::TableDefinition& table, const ShowOptions& options);
std::string show_create_database(const catalog::DatabaseDefinition& database,
                                 const ShowOptions& options, bool if_not_exists = false);

}  // namespace octavo::sql
