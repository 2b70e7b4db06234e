#pragma once

// PARTITION BY, and what ALTER TABLE does with partitions.

#include "dialect/sql/ast/table_def.h"

namespace octavo::sql {

struct PartitionRule {
  enum class Method : std::uint8_t { hash, key, range, list };
  Method method = Method::hash;
  bool linear = false;
  std::string_view algorithm;  // of KEY, digits; empty: unsaid
  Ref<Expr> expr;              // or, by columns
  List<Name> columns;          // of KEY there may be none

  friend bool operator==(const PartitionRule&, const PartitionRule&) = default;
};

struct PartitionDef {
  enum class Bound : std::uint8_t { none, less_than, max_value, in };
  Name name;
  Bound bound = Bound::none;
  List<Expr> values;  // MAXVALUE among them is a Word
  List<TableOption> options;
  List<PartitionDef> subpartitions;

  friend bool operator==(const PartitionDef&, const PartitionDef&) = default;
};

struct Partitioning {
  PartitionRule rule;
  std::string_view count;  // PARTITIONS, digits; empty: unsaid
  Ref<PartitionRule> subrule;
  std::string_view subcount;
  List<PartitionDef> partitions;

  friend bool operator==(const Partitioning&, const Partitioning&) = default;
};

// ADD PARTITION, TRUNCATE PARTITION and the like: what the words do not need is empty.
struct AlterPartitions {
  Name words;  // upper case
  bool all = false;
  List<Name> names;
  std::string_view count;  // digits
  List<PartitionDef> partitions;
  Path table;                      // of EXCHANGE
  std::optional<bool> validation;  // likewise
  Ref<Partitioning> by;            // PARTITION BY

  friend bool operator==(const AlterPartitions&, const AlterPartitions&) = default;
};

}  // namespace octavo::sql
