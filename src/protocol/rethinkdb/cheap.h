#pragma once

#include "dialect/reql/read/parse.h"

namespace octavo::rethinkdb {

// Whether a query is so little work (rows by key, scalars over them) that handing it to another
// thread would cost more than running it.
bool is_cheap(const reql::Query& query);

// Whether it looks at the system tables, where an operator sees and ends what keeps a server busy.
bool is_urgent(const reql::Query& query);

}  // namespace octavo::rethinkdb
