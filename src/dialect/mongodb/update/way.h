#pragma once

// How an update of one form makes documents: for the files of this folder.

#include <memory>
#include <optional>
#include <span>

#include "dialect/mongodb/update/update.h"

namespace octavo::mongodb {

class Update::Way {
 public:
  virtual ~Way() = default;

  struct Document {
    const value::Value& before;
    const algebra::ExprPtr& filter;
    bool insert = false;  // by an upsert
  };
  // Nothing: it stays as it is. _id may come out otherwise, or be missing: who calls looks at that.
  virtual Result<std::optional<value::Value>> apply(const Document& document,
                                                    function::EvalContext& context) const = 0;
  virtual bool is_replacement() const { return false; }
};

using WayPtr = std::unique_ptr<const Update::Way>;

Result<WayPtr> parse_operators_of_update(const value::Value& update,
                                         std::span<const value::Value> array_filters,
                                         const UpdateContext& context);
Result<WayPtr> parse_replacement(const value::Value& update, const UpdateContext& context);
Result<WayPtr> parse_pipeline_of_update(const value::Value& stages, const UpdateContext& context);

}  // namespace octavo::mongodb
