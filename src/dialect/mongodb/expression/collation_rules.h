#pragma once

// ICU's rules behind the name of a collation.

#include <compare>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "dialect/mongodb/expression/collation.h"

namespace octavo::mongodb {

class Collation {
 public:
  // By its name, from the few that the thread used last.
  static Result<CollationPtr> of(std::string_view name);

  explicit Collation(std::string name);
  virtual ~Collation() = default;
  Collation(const Collation&) = delete;
  Collation& operator=(const Collation&) = delete;

  const std::string& name() const { return name_; }
  virtual std::strong_ordering compare(std::string_view a, std::string_view b) const = 0;
  // Bytes in the order of the texts, written as code points up to U+00FF so that they are UTF-8.
  virtual std::string key_of(std::string_view text) const = 0;

 private:
  std::string name_;
};

}  // namespace octavo::mongodb
