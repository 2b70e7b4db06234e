// Values of one kind as another, where ReQL lets them be.

#include <fmt/format.h>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

// The first row of a slice: what min and max by index select.
Result<Value> first_row(Env& env, const TableSlice& slice) {
  TRY(const StreamPtr stream, slice_stream(env, slice));
  std::vector<Value> rows;
  TRY(const bool any, stream->sliced(0, 1)->more(env, rows, 1));
  if (!any) {
    const std::string_view name = slice.order == algebra::Direction::descending ? "max" : "min";
    return fail_logic(fmt::format("`{}` found no entries in the specified index.", name));
  }
  return std::move(rows.front());
}

Result<Value> selected_row(Env& env, const SingleSelection& single) {
  if (!single.row) {
    if (single.slice) {
      TRY(single.row, first_row(env, *single.slice));
    } else {
      TRY(Host* const host, env.need_host());
      TRY(std::optional<Value> row, host->get(*single.table, single.key));
      single.row = row ? *std::move(row) : Value::null();
    }
  }
  return *single.row;
}

}  // namespace

std::unexpected<Error> kind_error(Env& env, Kind expected, const Val& found) {
  return fail_logic(fmt::format("Expected type {} but found {}:\n{}", kind_name(expected),
                                kind_name(found.kind()), print_val(env, found)));
}

std::string print_val(Env& env, const Val& val) {
  switch (val.kind()) {
    case Kind::datum: return print(val.datum());
    case Kind::single_selection: {
      const Result<Value> row = selected_row(env, val.single());
      return row ? print(*row) : std::string("VALUE SINGLE_SELECTION");
    }
    case Kind::database: return fmt::format("db(\"{}\")", val.database()->name);
    case Kind::table: return fmt::format("table(\"{}\")", val.table()->name);
    case Kind::table_slice: return fmt::format("SELECTION ON table({})", val.slice().table->name);
    case Kind::selection: return fmt::format("SELECTION ON table({})", val.selection().table->name);
    case Kind::sequence:
    case Kind::grouped:
    case Kind::function: return fmt::format("VALUE {}", kind_name(val.kind()));
  }
  std::unreachable();
}

Result<Value> to_datum(Env& env, const Val& val) {
  if (val.is_datum()) return val.datum();
  if (val.kind() == Kind::single_selection) return selected_row(env, val.single());
  return kind_error(env, Kind::datum, val);
}

Result<StreamPtr> to_sequence(Env& env, const Val& val) {
  switch (val.kind()) {
    case Kind::table: return slice_stream(env, TableSlice{.table = val.table()});
    case Kind::table_slice: return slice_stream(env, val.slice());
    case Kind::selection: return val.selection().rows;
    case Kind::sequence: return val.stream();
    case Kind::datum:
      if (val.datum().is_array()) return StreamPtr(std::make_shared<ArrayStream>(val.datum()));
      return fail(val.datum().is_null() ? Code::missing_value : Code::invalid_argument,
                  fmt::format("Cannot convert {} to SEQUENCE", type_name(val.datum())));
    case Kind::database:
    case Kind::single_selection:
    case Kind::grouped:
    case Kind::function: return kind_error(env, Kind::sequence, val);
  }
  std::unreachable();
}

Result<TablePtr> to_table(Env& env, const Val& val) {
  if (val.kind() != Kind::table) return kind_error(env, Kind::table, val);
  return val.table();
}

Result<TableSlice> to_slice(Env& env, const Val& val) {
  if (val.kind() == Kind::table) return TableSlice{.table = val.table()};
  if (val.kind() != Kind::table_slice) return kind_error(env, Kind::table_slice, val);
  return val.slice();
}

bool is_selection(const Val& val) {
  return val.kind() == Kind::table || val.kind() == Kind::table_slice ||
         val.kind() == Kind::selection;
}

Result<Selection> to_selection(Env& env, const Val& val) {
  if (val.kind() == Kind::selection) return val.selection();
  if (!is_selection(val)) return kind_error(env, Kind::selection, val);
  TRY(const TableSlice slice, to_slice(env, val));
  TRY(StreamPtr rows, slice_stream(env, slice));
  return Selection{.table = slice.table, .rows = std::move(rows)};
}

Result<Function> to_function(Env& env, const Val& val, Shortcut shortcut) {
  if (val.kind() == Kind::function) return val.function();
  const bool datum_like = val.is_datum() || val.kind() == Kind::single_selection;
  if (shortcut == Shortcut::none || !datum_like) return kind_error(env, Kind::function, val);
  TRY(Value datum, to_datum(env, val));
  switch (shortcut) {
    case Shortcut::none: break;
    case Shortcut::constant: return constant_function(std::move(datum));
    case Shortcut::get_field: return field_function(std::move(datum));
    case Shortcut::pluck: return pluck_function(std::move(datum));
  }
  std::unreachable();
}

}  // namespace octavo::reql
