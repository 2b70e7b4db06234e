#pragma once

#include <string_view>

#include "dialect/sql/ast/query.h"
#include "protocol/mysql/language/schema_tables.h"

namespace octavo::mysql {

// What a query over one table of information_schema asks of it at most, where its WHERE says so:
// `table_schema = 'shop' AND table_name = 'books'`. `used`: the database that DATABASE() is.
SchemaScope schema_scope_of(const sql::Query& query, std::string_view used);

}  // namespace octavo::mysql
