#include "value/maker.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>

#include "value/account_state.h"
#include "value/heap.h"

namespace octavo::value {
namespace {

// A maker is used under one account from its beginning to its end.
void charge_name(const Value::Heap& heap, const std::string& name) {
  const std::size_t bytes = name_bytes(name);
  if (bytes == 0 || heap.account == 0) return;
  ASSERT(account_in_use != nullptr && account_in_use->id == heap.account);
  account_in_use->charge(bytes);
}

void note_depth(Value::Heap& heap, const Value& child) {
  heap.depth = std::max(heap.depth, static_cast<std::uint32_t>(child.depth() + 1));
}

// Names that ascend are of different fields, so that each is there once.
bool is_name_order(ObjectView fields, std::span<const std::uint32_t> positions) {
  if (positions.size() != fields.size()) return false;
  const auto is_place = [&](std::uint32_t position) { return position < fields.size(); };
  if (!std::ranges::all_of(positions, is_place)) return false;
  const auto name_of = [&](std::uint32_t position) -> const std::string& {
    return fields[position].name;
  };
  return std::ranges::adjacent_find(positions, std::greater_equal(), name_of) == positions.end();
}

}  // namespace

// Objects that follow each other on a thread have the same names in most cases: the last order is
// tried first, which takes a comparison for each name.
void sort_by_name(ObjectView fields, std::span<std::uint32_t> positions) {
  ASSERT(fields.size() == positions.size());
  constexpr std::size_t kMostKept = 64;
  thread_local std::array<std::uint32_t, kMostKept> kept;
  thread_local std::size_t kept_size = 0;
  const std::size_t size = positions.size();
  if (size == kept_size && is_name_order(fields, std::span(kept).first(size))) {
    std::copy_n(kept.begin(), size, positions.begin());
    return;
  }
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<std::uint32_t>(i);
  std::sort(positions.begin(), positions.end(), [&](std::uint32_t a, std::uint32_t b) {
    const int order = fields[a].name.compare(fields[b].name);
    return order != 0 ? order < 0 : a < b;
  });
  if (size > kMostKept) return;
  std::ranges::copy(positions, kept.begin());
  kept_size = size;
}

ArrayMaker::ArrayMaker(std::size_t count)
    : heap_((check_count(count), allocate_heap(count * sizeof(Value)))), count_(count) {
  heap_->depth = 1;
}

ArrayMaker::~ArrayMaker() {
  if (heap_ == nullptr) return;
  std::destroy_n(reinterpret_cast<Value*>(heap_->payload()), heap_->size);
  free_heap(heap_, count_ * sizeof(Value));
}

void ArrayMaker::append(Value element) {
  ASSERT(heap_->size < count_);
  note_depth(*heap_, element);
  new (heap_->payload() + heap_->size * sizeof(Value)) Value(std::move(element));
  ++heap_->size;
}

Value ArrayMaker::finish() && {
  ASSERT(heap_->size == count_);
  return Value::adopt(Type::array, std::exchange(heap_, nullptr));
}

ObjectMaker::ObjectMaker(std::size_t count)
    : heap_((check_count(count), allocate_heap(object_payload_bytes(count)))), count_(count) {
  heap_->depth = 1;
}

ObjectMaker::~ObjectMaker() {
  if (heap_ == nullptr) return;
  if (heap_->account != 0) {
    for (const Field& field : heap_->fields()) discharge(heap_->account, name_bytes(field.name));
  }
  std::destroy_n(reinterpret_cast<Field*>(heap_->payload()), heap_->size);
  free_heap(heap_, object_payload_bytes(count_));
}

void ObjectMaker::append(std::string&& name, Value value) {
  ASSERT(heap_->size < count_);
  note_depth(*heap_, value);
  charge_name(*heap_, name);
  new (heap_->payload() + heap_->size * sizeof(Field)) Field{std::move(name), std::move(value)};
  ++heap_->size;
}

ObjectView ObjectMaker::fields() const { return heap_->fields(); }

Value ObjectMaker::finish(std::span<const std::uint32_t> by_name) && {
  ASSERT(heap_->size == count_);
  if (count_ > kLinearFields) {
    char* end_of_fields = heap_->payload() + count_ * sizeof(Field);
    const std::span positions(reinterpret_cast<std::uint32_t*>(end_of_fields), count_);
    if (is_name_order(heap_->fields(), by_name)) {
      std::ranges::copy(by_name, positions.begin());
    } else {
      sort_by_name(heap_->fields(), positions);
    }
  }
  return Value::adopt(Type::object, std::exchange(heap_, nullptr));
}

}  // namespace octavo::value
