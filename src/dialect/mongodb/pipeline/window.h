#pragma once

// Windows: what $setWindowFields computes, and $fill by it.

#include <string>
#include <vector>

#include "dialect/mongodb/pipeline/stage.h"

namespace octavo::mongodb {

// A field that is computed: a function of the plan's Window or several, and what is made of them.
struct WindowField {
  std::vector<std::string> path;
  std::vector<algebra::WindowFunction> functions;
  // Of the results of the functions, and the document.
  std::function<algebra::ExprPtr(std::vector<algebra::ExprPtr> results, algebra::ExprPtr document)>
      value;
};

struct WindowSpec {
  StageRowVariable row;
  algebra::ExprPtr partition = nullptr;  // of the row
  SortPattern order;
  std::vector<WindowField> fields;
};

// {$sum: "$a", window: {…}}: what stands for a field.
Result<WindowField> parse_window_field(const value::Field& field, const WindowSpec& window);

// The functions behind $locf and $linearFill, for a path's field.
Result<WindowField> carried_forward(std::vector<std::string> path, const algebra::ExprPtr& value,
                                    const WindowSpec& window);
Result<WindowField> filled_linearly(std::vector<std::string> path, const algebra::ExprPtr& value,
                                    const WindowSpec& window);

Step make_window_step(WindowSpec window);

}  // namespace octavo::mongodb
