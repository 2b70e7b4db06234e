#pragma once

// Columns of results as the protocol defines them.

#include "dialect/sql/bind/bound.h"
#include "dialect/sql/state/settings.h"
#include "protocol/mysql/column.h"

namespace octavo::mysql {

// For a client that takes texts in `settings.results`.
Column wire_column(const sql::OutputColumn& column, const sql::Settings& settings);
// Of a `?`, of which nothing is known.
Column parameter_column();

}  // namespace octavo::mysql
