#include "index/ordered/ordered_index.h"

#include "index/multi_option.h"
#include "index/ordered/ordered_options.h"
#include "value/indexable.h"
#include "value/key.h"

namespace octavo::index {
namespace {

using value::Value;

// Writing an entry is more work than looking at its key.
constexpr std::uint64_t kStepsOfEntry = 4;

class OrderedIndex final : public Index {
 public:
  OrderedIndex(catalog::IndexDefinition definition, algebra::ExprPtr function)
      : Index(std::move(definition), std::move(function)),
        multi_(is_multi(Index::definition().options)),
        nulls_(keeps_nulls(Index::definition().options)),
        once_(delivers_once(Index::definition().options)) {}

  std::optional<Access> match(const Request& request) const override {
    Access access;
    access.once = once_;
    if (const auto* range = std::get_if<algebra::KeyRange>(&request)) {
      access.ranges.push_back(entry_range(*range));
    } else {
      for (const Value& key : std::get<algebra::KeySet>(request).keys) {
        access.ranges.push_back(entry_range(key));
      }
    }
    return access;
  }

 protected:
  void add_keys(const Value& indexed, EntryWork& work, std::vector<Bytes>& out) const override {
    if (!multi_ || !indexed.is_array()) {
      add(indexed, work, out);
      return;
    }
    for (const Value& element : indexed.as_array()) {
      if (!add(element, work, out)) return;
    }
  }

 private:
  // False when it is too much. What a value shares with others grows when it is written out, so
  // the work is known before.
  bool add(const Value& key, EntryWork& work, std::vector<Bytes>& out) const {
    if (!work.spend_on(key)) return false;
    if (!(nulls_ ? value::indexable_or_null(key) : value::indexable(key))) return true;
    if (!work.spend(kStepsOfEntry)) return false;
    Bytes encoded;
    value::encode_key(key, encoded);
    out.push_back(std::move(encoded));
    return true;
  }

  bool multi_;
  bool nulls_;
  bool once_;
};

}  // namespace

Result<std::shared_ptr<const Index>> open_ordered_index(
    const catalog::IndexDefinition& definition) {
  ByteReader reader(definition.function);
  TRY(auto function, function::open_function(reader));
  return std::make_shared<const OrderedIndex>(definition, std::move(function));
}

}  // namespace octavo::index
