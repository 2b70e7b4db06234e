#pragma once

// Statements for who runs the server.

#include <optional>

#include "dialect/sql/ast/expr.h"

namespace octavo::sql {

enum class TableCare : std::uint8_t { analyze, check, checksum, optimize, repair };
// ANALYZE TABLE t UPDATE HISTOGRAM ON a WITH 4 BUCKETS
struct Histogram {
  bool drop = false;
  List<Name> columns;
  std::string_view buckets;              // digits
  std::optional<std::string_view> data;  // USING DATA 'json'

  friend bool operator==(const Histogram&, const Histogram&) = default;
};
struct CareForTables {
  TableCare care = TableCare::analyze;
  bool local = false;  // NO_WRITE_TO_BINLOG
  List<Path> tables;
  List<Name> options;  // QUICK, FOR UPGRADE, …: upper case
  Ref<Histogram> histogram;

  friend bool operator==(const CareForTables&, const CareForTables&) = default;
};

struct Flush {
  bool local = false;
  List<Name> what;  // upper case: LOGS, PRIVILEGES, TABLES, …
  List<Path> tables;
  bool read_lock = false;
  bool for_export = false;

  friend bool operator==(const Flush&, const Flush&) = default;
};

struct Kill {
  bool query = false;  // else the connection
  Expr id;

  friend bool operator==(const Kill&, const Kill&) = default;
};

}  // namespace octavo::sql
