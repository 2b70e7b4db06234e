// Partitions of tables.

#include "dialect/sql/parser/grammar.h"

namespace octavo::sql {
namespace {

using Bound = PartitionDef::Bound;
using Method = PartitionRule::Method;

// HASH (x), KEY ALGORITHM = 2 (a, b), RANGE COLUMNS (a), LIST (x)
Parsed<PartitionRule> parse_rule(Parser& parser, bool of_subpartitions) {
  PartitionRule rule{.linear = parser.take("LINEAR")};
  if (parser.take("KEY")) {
    rule.method = Method::key;
    if (parser.take("ALGORITHM")) {
      TRY_STATUS(parser.expect("="));
      TRY(rule.algorithm, parser.digits());
    }
    if (parser.take("(", ")")) return rule;
    TRY(rule.columns, parser.names_in_parentheses());
    return rule;
  }
  if (!rule.linear && !of_subpartitions && (parser.at("RANGE") || parser.at("LIST"))) {
    rule.method = parser.at("RANGE") ? Method::range : Method::list;
    parser.advance();
    if (parser.take("COLUMNS") || parser.take("FIELDS")) {
      TRY(rule.columns, parser.names_in_parentheses());
      return rule;
    }
  } else {
    TRY_STATUS(parser.expect("HASH"));
  }
  TRY_STATUS(parser.expect("("));
  TRY(const Expr expr, parse_operand(parser, Level::bit_or));
  rule.expr = parser.make(expr);
  TRY_STATUS(parser.expect(")"));
  return rule;
}

Parsed<Expr> parse_value_of_partition(Parser& parser) {
  const std::uint32_t begin = parser.begin();
  if (!parser.take("MAXVALUE")) return parse_operand(parser, Level::bit_or);
  return expr_from(parser, begin, Word{"MAXVALUE"});
}

Checked parse_bound(Parser& parser, PartitionDef& partition) {
  if (!parser.take("VALUES")) return {};
  if (parser.take("LESS")) {
    TRY_STATUS(parser.expect("THAN"));
    partition.bound = Bound::less_than;
    if (parser.take("MAXVALUE")) {
      partition.bound = Bound::max_value;
      return {};
    }
  } else {
    TRY_STATUS(parser.expect("IN"));
    partition.bound = Bound::in;
  }
  TRY(partition.values, parser.list_in_parentheses<Expr>(parse_value_of_partition));
  return {};
}

Checked parse_options(Parser& parser, PartitionDef& partition) {
  auto options = parser.list<TableOption>();
  for (;;) {
    if (parser.at("STORAGE", "ENGINE")) parser.advance();
    if (!at_partition_option(parser)) break;
    TRY(const TableOption option, parse_table_option(parser));
    options.add(option);
  }
  partition.options = options.finish(parser.arena());
  return {};
}

Parsed<PartitionDef> parse_subpartition(Parser& parser) {
  PartitionDef partition;
  TRY_STATUS(parser.expect("SUBPARTITION"));
  TRY(partition.name, parser.name_or_text());
  TRY_STATUS(parse_options(parser, partition));
  return partition;
}

Parsed<PartitionDef> parse_partition(Parser& parser) {
  PartitionDef partition;
  TRY_STATUS(parser.expect("PARTITION"));
  TRY(partition.name, parser.name());
  TRY_STATUS(parse_bound(parser, partition));
  TRY_STATUS(parse_options(parser, partition));
  if (parser.at("(")) {
    TRY(partition.subpartitions, parser.list_in_parentheses<PartitionDef>(parse_subpartition));
  }
  return partition;
}

Parsed<List<PartitionDef>> parse_partition_list(Parser& parser) {
  return parser.list_in_parentheses<PartitionDef>(parse_partition);
}

// What stands behind the words of an action.
enum class Behind : std::uint8_t {
  names,         // a, b
  names_or_all,  // or ALL
  tablespace,    // likewise, and TABLESPACE
  definitions,   // (PARTITION …), PARTITIONS n, or nothing
  count,         // n
  reorganize,    // a, b INTO (PARTITION …), or nothing
  exchange,      // a WITH TABLE t [WITH | WITHOUT VALIDATION]
};
struct ActionRow {
  std::string_view words;
  Terminal first;
  Behind behind;
  bool local = false;  // NO_WRITE_TO_BINLOG may follow the words
};
constexpr ActionRow kActions[] = {
    {"ADD PARTITION", "ADD", Behind::definitions, true},
    {"DROP PARTITION", "DROP", Behind::names},
    {"ANALYZE PARTITION", "ANALYZE", Behind::names_or_all, true},
    {"CHECK PARTITION", "CHECK", Behind::names_or_all},
    {"COALESCE PARTITION", "COALESCE", Behind::count, true},
    {"DISCARD PARTITION", "DISCARD", Behind::tablespace},
    {"EXCHANGE PARTITION", "EXCHANGE", Behind::exchange},
    {"IMPORT PARTITION", "IMPORT", Behind::tablespace},
    {"OPTIMIZE PARTITION", "OPTIMIZE", Behind::names_or_all, true},
    {"REBUILD PARTITION", "REBUILD", Behind::names_or_all, true},
    {"REORGANIZE PARTITION", "REORGANIZE", Behind::reorganize, true},
    {"REPAIR PARTITION", "REPAIR", Behind::names_or_all, true},
    {"TRUNCATE PARTITION", "TRUNCATE", Behind::names_or_all},
};

const ActionRow* find_action(Parser& parser) {
  for (const ActionRow& row : kActions) {
    if (parser.at(row.first, "PARTITION")) return &row;
  }
  return nullptr;
}

Checked parse_names_or_all(Parser& parser, AlterPartitions& alter) {
  alter.all = parser.take("ALL");
  if (alter.all) return {};
  TRY(alter.names, parser.names());
  return {};
}

Checked parse_exchange(Parser& parser, AlterPartitions& alter) {
  auto names = parser.list<Name>();
  TRY(const Name name, parser.name());
  names.add(name);
  alter.names = names.finish(parser.arena());
  TRY_STATUS(parser.expect("WITH", "TABLE"));
  TRY(alter.table, parser.table_name());
  if (parser.take("WITH", "VALIDATION")) alter.validation = true;
  if (parser.take("WITHOUT", "VALIDATION")) alter.validation = false;
  return {};
}

Checked parse_behind(Parser& parser, Behind behind, AlterPartitions& alter) {
  switch (behind) {
    case Behind::names: {
      TRY(alter.names, parser.names());
      return {};
    }
    case Behind::names_or_all: return parse_names_or_all(parser, alter);
    case Behind::tablespace:
      TRY_STATUS(parse_names_or_all(parser, alter));
      return parser.expect("TABLESPACE");
    case Behind::definitions: {
      if (parser.take("PARTITIONS")) {
        TRY(alter.count, parser.digits());
      } else if (parser.at("(")) {
        TRY(alter.partitions, parse_partition_list(parser));
      }
      return {};
    }
    case Behind::count: {
      TRY(alter.count, parser.digits());
      return {};
    }
    case Behind::reorganize: {
      if (!parser.at_name()) return {};
      TRY(alter.names, parser.names());
      TRY_STATUS(parser.expect("INTO"));
      TRY(alter.partitions, parse_partition_list(parser));
      return {};
    }
    case Behind::exchange: return parse_exchange(parser, alter);
  }
  return {};
}

}  // namespace

bool at_alter_partitions(Parser& parser) {
  return parser.at("PARTITION", "BY") || find_action(parser) != nullptr;
}

Parsed<Ref<Partitioning>> parse_partitioning(Parser& parser) {
  TRY_STATUS(parser.expect("PARTITION", "BY"));
  Partitioning partitioning;
  TRY(partitioning.rule, parse_rule(parser, false));
  if (parser.take("PARTITIONS")) {
    TRY(partitioning.count, parser.digits());
  }
  if (parser.take("SUBPARTITION")) {
    TRY_STATUS(parser.expect("BY"));
    TRY(const PartitionRule subrule, parse_rule(parser, true));
    partitioning.subrule = parser.make(subrule);
    if (parser.take("SUBPARTITIONS")) {
      TRY(partitioning.subcount, parser.digits());
    }
  }
  // In CREATE TABLE a query may follow in parentheses.
  if (parser.at("(", "PARTITION")) {
    TRY(partitioning.partitions, parse_partition_list(parser));
  }
  return parser.make(partitioning);
}

Parsed<Ref<AlterPartitions>> parse_alter_partitions(Parser& parser) {
  AlterPartitions alter;
  const ActionRow* const row = find_action(parser);
  if (row == nullptr) {
    TRY(alter.by, parse_partitioning(parser));
    return parser.make(alter);
  }
  parser.advance();
  parser.advance();
  alter.words = row->words;
  if (row->local && !parser.take("NO_WRITE_TO_BINLOG")) parser.take("LOCAL");
  TRY_STATUS(parse_behind(parser, row->behind, alter));
  return parser.make(alter);
}

}  // namespace octavo::sql
