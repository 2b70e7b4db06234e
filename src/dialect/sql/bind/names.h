#pragma once

#include <string>
#include <string_view>

#include "dialect/sql/ast/node.h"

namespace octavo::sql {

// Names of columns and aliases are the same in any case; those of databases and tables are not.
bool same_name(std::string_view a, std::string_view b);

// `a.b.c`, as messages have it.
std::string dotted(const Path& path);

}  // namespace octavo::sql
