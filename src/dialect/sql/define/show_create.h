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

// `state`: what its foreign keys refer to.
std::string show_create_table(const catalog::TableDefinition& table,
                              const catalog::CatalogState& state, const ShowOptions& options);
// CONSTRAINT … FOREIGN KEY … REFERENCES …, as it is shown, also in messages.
std::string foreign_key_text(const catalog::TableDefinition& table,
                             const catalog::ForeignKeyDefinition& key,
                             const catalog::CatalogState& state, char quote = '`');
std::string show_create_database(const catalog::DatabaseDefinition& database,
                                 const ShowOptions& options, bool if_not_exists = false);

}  // namespace octavo::sql
