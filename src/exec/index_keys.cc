#include "exec/index_keys.h"

#include <utility>

namespace octavo::exec {
namespace {

class IndexKeysOperator final : public Operator {
 public:
  IndexKeysOperator(std::unique_ptr<RowCursor> keys, const OperatorContext& context)
      : keys_(std::move(keys)), context_(context) {}

  Status next(std::size_t max_rows, Rows& out) override {
    TRY_STATUS(context_.query.check());
    return keys_->next(max_rows, out);
  }

 private:
  std::unique_ptr<RowCursor> keys_;
  OperatorContext context_;
};

}  // namespace

Result<OperatorPtr> make_index_keys(const algebra::Distinct& distinct,
                                    const OperatorContext& context) {
  const auto* const map = std::get_if<algebra::Map>(&distinct.input->node);
  const auto* const scan = map == nullptr ? nullptr : std::get_if<algebra::Scan>(&map->input->node);
  const auto* const source = dynamic_cast<const HasIndexKeys*>(&context.source);
  if (scan == nullptr || !scan->index || source == nullptr) return nullptr;
  TRY(const auto key, context.source.key_of_rows(scan->table, scan->index));
  const bool is_key =
      key && key->function != nullptr && algebra::equal(key->function, map->function);
  if (!is_key) return nullptr;
  TRY(auto keys, source->open_index_keys(*scan, context.query));
  if (keys == nullptr) return nullptr;
  return std::make_unique<IndexKeysOperator>(std::move(keys), context);
}

}  // namespace octavo::exec
