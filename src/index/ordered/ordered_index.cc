#include "index/ordered/ordered_index.h"

#include "value/indexable.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using value::Value;

class OrderedIndex final : public Index {
 public:
  OrderedIndex(catalog::IndexDefinition definition, algebra::ExprPtr function)
      : Index(std::move(definition)), function_(std::move(function)) {}

  void keys_of(const Value& document, std::vector<Bytes>& out) const override {
    function::EvalContext context;
    const auto key = function::evaluate_lambda(function_, std::span(&document, 1), context);
    if (!key) return;
    if (!definition().multi || !key->is_array()) {
      add(*key, out);
      return;
    }
    for (const Value& element : key->as_array()) add(element, out);
  }

  std::optional<Access> match(const Request& request) const override {
    Access access;
    if (const auto* range = std::get_if<algebra::KeyRange>(&request)) {
      access.ranges.push_back(entry_range(*range));
    } else {
      for (const Value& key : std::get<algebra::KeySet>(request).keys) {
        access.ranges.push_back(entry_range(key));
      }
    }
    return access;
  }

 private:
  static void add(const Value& key, std::vector<Bytes>& out) {
    if (!value::indexable(key)) return;
    Bytes encoded;
    value::encode_key(key, encoded);
    out.push_back(std::move(encoded));
  }

  algebra::ExprPtr function_;
};

}  // namespace

Result<std::shared_ptr<const Index>> open_ordered_index(
    const catalog::IndexDefinition& definition) {
  ByteReader reader(definition.function);
  TRY(auto function, algebra::decode(reader));
  return std::make_shared<const OrderedIndex>(definition, std::move(function));
}

}  // namespace octavo::index
