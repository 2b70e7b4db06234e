#include "value/name_order.h"

#include "value/account.h"

namespace octavo::value {
namespace {

// Lives as long as the process, so whichever query comes by first must not pay for it.
Field make_pseudotype() {
  const Account::Use nobody(nullptr);
  return {"$reql_type$", Value::string("GEOMETRY")};
}

}  // namespace

NameOrder::NameOrder(const Value& object) : fields_(object.as_object()) {
  positions_.resize(fields_.size());
  sort_by_name(fields_, positions_);
  if (object.type() != Type::geometry) return;
  static const Field kPseudotype = make_pseudotype();
  extra_ = &kPseudotype;
  extra_at_ = static_cast<std::size_t>(std::ranges::count_if(
      fields_, [](const Field& field) { return field.name < kPseudotype.name; }));
}

}  // namespace octavo::value
