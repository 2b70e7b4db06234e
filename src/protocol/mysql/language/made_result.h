#pragma once

// Results that no query makes: columns and rows as they are.

#include <string>
#include <vector>

#include "dialect/sql/bind/bound.h"
#include "value/value.h"

namespace octavo::mysql {

sql::BoundQuery result_of(std::vector<sql::OutputColumn> columns, std::vector<value::Value> rows);
sql::OutputColumn text_column(std::string name, std::uint32_t width);
sql::OutputColumn number_column(std::string name);

}  // namespace octavo::mysql
