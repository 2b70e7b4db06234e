#pragma once

// Updates: a document made of another one, by operators ({$set: …, $push: …}), by a document that
// replaces it, or by stages of a pipeline.
//
// Errors have MongoDB's codes. What parse refuses is wrong whatever the document.

#include <memory>
#include <optional>
#include <span>

#include "algebra/expr.h"
#include "base/result.h"
#include "dialect/mongodb/expression/variables.h"
#include "function/family.h"
#include "value/value.h"

namespace octavo::mongodb {

struct UpdateContext {
  // What expressions of a pipeline and of array filters may name; NOW and CLUSTER_TIME are what
  // $currentDate sets, where they are bound.
  const Variables& variables;
  bool multi = false;  // failed_to_parse for a replacement
};

class Update {
 public:
  // `update`: a document, or an array of stages. `array_filters`: what $[name] stands for.
  static Result<Update> parse(const value::Value& update,
                              std::span<const value::Value> array_filters,
                              const UpdateContext& context);
  Update(Update&& other) noexcept;
  Update& operator=(Update&& other) noexcept;
  ~Update();

  bool is_replacement() const;

  // The document as it is then; nothing: it stays as it is, to the last byte (a replacement always
  // counts as a change). `filter`, which the
  // document fulfils, says what the positional operator stands for: a lambda of parse_filter.
  // immutable_field where _id would change.
  Result<std::optional<value::Value>> apply(const value::Value& document,
                                            const algebra::ExprPtr& filter,
                                            function::EvalContext& context) const;

  // The document that an upsert inserts when nothing fulfils the filter: what the filter says that
  // fields are equal to (of a replacement: _id alone), and the update of that. _id stands first, if
  // there is one: whoever inserts it makes one otherwise.
  Result<value::Value> make_upsert(const algebra::ExprPtr& filter,
                                   function::EvalContext& context) const;

  // One of the three ways of an update.
  class Way;

 private:
  explicit Update(std::unique_ptr<const Way> way);
  std::unique_ptr<const Way> way_;
};

}  // namespace octavo::mongodb
