#pragma once

// The factories of all operators. `OperatorContext` is what they share: where rows come from and
// what the query may use; it outlives the operators made with it.

#include <cstdint>
#include <memory>
#include <optional>

#include "algebra/plan.h"
#include "exec/context.h"
#include "exec/operator.h"
#include "exec/source.h"

namespace octavo::exec {

// What the last step of a Recursive gave, for the steps within which operators are made.
struct WorkingRows {
  std::uint64_t number = 0;
  const Rows* rows = nullptr;
  const WorkingRows* outer = nullptr;  // of the Recursive in whose step that one stands
};

class ProfiledNodes;  // exec/profile.h
struct Need;          // exec/needed_fields.h

struct OperatorContext {
  const Source& source;
  QueryContext& query;
  const WorkingRows* working = nullptr;  // the innermost; outlives the operators
  // How many operators hold rows at the same time at most, which share what the query may hold.
  std::size_t holders = 0;
  // Where operators that are made note their work; null: nowhere. Some are made while others run.
  std::shared_ptr<const ProfiledNodes> profiled = nullptr;
};

// `fields`: what is read of its rows; null: all.
OperatorPtr make_scan(const algebra::Scan& scan, const std::vector<std::string>* fields,
                      const OperatorContext& context);
// What a map to an array of these fields makes of a scan.
OperatorPtr make_field_arrays(const algebra::Scan& scan, std::vector<std::string> names,
                              const OperatorContext& context);
OperatorPtr make_values(const algebra::Values& values);
OperatorPtr make_filter(const algebra::Filter& filter, OperatorPtr input,
                        const OperatorContext& context);
OperatorPtr make_map(const algebra::Map& map, OperatorPtr input, const OperatorContext& context);
OperatorPtr make_unwind(const algebra::Unwind& unwind, OperatorPtr input,
                        const OperatorContext& context);
// `keep`: so many of the first rows will be asked for; unset: all.
OperatorPtr make_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                      OperatorPtr input, const OperatorContext& context);
// The same over the fields and documents of a scan, where all between is filters and the source has
// such; null otherwise.
// `rows`: what is made of them; null as well where not all keys can be computed from fields.
struct SortedRows {
  std::vector<std::string> fields;  // arrays of these, null where one is missing
  bool firsts = false;              // of rows with equal keys the first one alone; all are kept
};
Result<OperatorPtr> make_field_sort(const algebra::Sort& sort, std::optional<std::uint64_t> keep,
                                    const OperatorContext& context,
                                    std::optional<SortedRows> rows = std::nullopt);
OperatorPtr make_limit(const algebra::Limit& limit, OperatorPtr input);
OperatorPtr make_distinct(OperatorPtr input, const OperatorContext& context);
OperatorPtr make_union(std::vector<OperatorPtr> inputs);
OperatorPtr make_lookup_join(const algebra::LookupJoin& join, OperatorPtr outer,
                             const OperatorContext& context);
OperatorPtr make_apply(const algebra::Apply& apply, OperatorPtr outer,
                       const OperatorContext& context);
OperatorPtr make_hash_join(const algebra::Join& join, OperatorPtr left, OperatorPtr right,
                           const OperatorContext& context);
// What Group makes of a plain count over a scan: same row, no row read.
OperatorPtr make_count(const algebra::Scan& scan, const OperatorContext& context);
OperatorPtr make_group(const algebra::Group& group, OperatorPtr input,
                       const OperatorContext& context);
// The same over the fields of a scan, where all between is filters and functions of single rows and
// the source can read fields alone; null otherwise.
Result<OperatorPtr> make_field_group(const algebra::Group& group, const OperatorContext& context);

// The order in which a Window wants its rows; without keys any order will do.
algebra::Sort sort_of(const algebra::Window& window);
// `input`: sorted so.
OperatorPtr make_window(const algebra::Window& window, OperatorPtr input,
                        const OperatorContext& context);

// `unsupported`: there is no such step.
Result<OperatorPtr> make_working(const algebra::Working& working, const OperatorContext& context);
// `seed`: its rows; those of steps are made here.
OperatorPtr make_recursive(const algebra::Recursive& recursive, OperatorPtr seed,
                           const OperatorContext& context);

// Filters and functions of single rows over a scan, by its fields; null for other plans, where the
// source cannot read fields alone, and where no part can be computed on them.
Result<OperatorPtr> make_field_rows(const algebra::PlanPtr& plan, const OperatorContext& context);

// The same of dialects that see nothing else of a row than `fields` (function::Family::
// reads_plainly): rows of those. The uppermost may be a function that makes an array, and below may
// be a join.
Result<OperatorPtr> make_rows_of_fields(const algebra::PlanPtr& plan, const Need& fields,
                                        const OperatorContext& context);

// The rows of a part of a plan that is being built, of which `need` is looked at.
Result<OperatorPtr> build_rows(const algebra::PlanPtr& plan, const Need& need,
                               const OperatorContext& context);
// The same of a join row by row, whatever there may be for it over columns.
Result<OperatorPtr> build_row_join(const algebra::PlanPtr& join, const Need& need,
                                   const OperatorContext& context);

// The whole tree for a plan. `origin`: the plan of the statement, where this one is a copy of it
// with values in it; null: it is none.
Result<OperatorPtr> build(const algebra::PlanPtr& plan, const OperatorContext& context,
                          const algebra::Plan* origin = nullptr);

}  // namespace octavo::exec
