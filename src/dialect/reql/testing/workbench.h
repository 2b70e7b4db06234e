#pragma once

// For tests of the evaluator: queries as text, over a MemoryHost. Text is that of algebra::print
// with the terms' plain names: `(map (table "t") (lambda (v1) (add v1 1)))`.

#include <memory>
#include <string>
#include <string_view>

#include "dialect/reql/execution.h"
#include "dialect/reql/testing/memory_host.h"

namespace octavo::reql {

class Workbench {
 public:
  Workbench();

  // The result as JSON; a stream as the array of its rows; an error as `KIND message [frames]`.
  std::string run(std::string_view text, std::vector<algebra::Option> options = {});
  // Runs `(insert (table "t") …)` of the rows, given as JSON, into a new table.
  void make_table(std::string_view name, std::string_view rows_json);

  // A query whose batches are asked for one by one; null when it failed or is no stream.
  std::unique_ptr<Execution> start(std::string_view text,
                                   std::vector<algebra::Option> options = {});
  // The rows that are there now, as a JSON array.
  static std::string batch(Execution& execution);

  // What the last query handed to the host.
  const std::string& plan() const { return host_.last_plan; }
  MemoryHost& host() { return host_; }
  function::EvalContext& context() { return context_; }

 private:
  function::EvalContext context_;
  MemoryHost host_;
};

}  // namespace octavo::reql
