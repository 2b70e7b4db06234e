#include "exec/held_columns.h"

#include <algorithm>
#include <utility>

namespace octavo::exec {
namespace {

using value::ColumnType;
using value::Physical;
using value::Value;
using value::Vector;

const ColumnType& boxed_type() {
  static const ColumnType kBoxed = ColumnType::dynamic(Physical::boxed);
  return kBoxed;
}

// Whether rows of this kind are copied by themselves, and need nothing else of their vector.
bool lies_flat(const Vector& vector) {
  return vector.form() == Vector::Form::flat && vector.type().physical != Physical::list;
}

Status put_boxed(Vector& to, std::size_t row, const Vector& from, std::size_t at) {
  if (const auto absence = from.absence(at)) {
    to.validity().clear(row, *absence);
    return {};
  }
  TRY(const Value value, from.at(at));
  to.put(row, value);
  return {};
}

}  // namespace

Result<Vector> some_rows(const Vector& from, std::span<const std::uint16_t> rows, Vector memory) {
  if (!lies_flat(from)) {
    memory.restart(boxed_type(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
      TRY_STATUS(put_boxed(memory, i, from, rows[i]));
    }
    return memory;
  }
  memory.restart(from.type(), rows.size());
  value::visit_physical(from.type().physical, [&]<class T>(const T&) {
    const auto view = from.view<T>();
    const auto out = memory.fill<T>();
    for (std::size_t i = 0; i < rows.size(); ++i) out[i] = view.values[rows[i]];
    if (view.validity->all()) return;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!view.validity->has(rows[i])) memory.validity().clear(i, view.validity->why(rows[i]));
    }
  });
  return memory;
}

Vector no_values(std::size_t rows, value::Absence why, Vector memory) {
  memory.restart(boxed_type(), rows);
  for (std::size_t i = 0; i < rows; ++i) memory.validity().clear(i, why);
  return memory;
}

Status HeldColumn::add(const Vector& from, std::span<const std::uint16_t> rows) {
  while (!rows.empty()) {
    if (blocks_.empty() || blocks_.back().rows.rows() == kBlockRows) {
      if (!blocks_.empty()) full_bytes_ += last_bytes();
      blocks_.push_back({Vector::flat(from.type(), 0), false});
      starts_.push_back(nullptr);
    }
    const std::size_t room = kBlockRows - blocks_.back().rows.rows();
    const std::size_t count = std::min(room, rows.size());
    TRY_STATUS(add_to_last(from, rows.first(count)));
    rows = rows.subspan(count);
  }
  return {};
}

Status HeldColumn::add_to_last(const Vector& from, std::span<const std::uint16_t> rows) {
  const Status put = put_in_last(from, rows);
  note_start();
  return put;
}

void HeldColumn::note_start() {
  const Vector& last = blocks_.back().rows;
  value::visit_physical(last.type().physical,
                        [&]<class T>(const T&) { starts_.back() = last.view<T>().values; });
}

Status HeldColumn::put_in_last(const Vector& from, std::span<const std::uint16_t> rows) {
  Block& block = blocks_.back();
  const std::size_t first = block.rows.rows();
  const bool any = std::ranges::any_of(rows, [&](std::uint16_t row) { return !from.absence(row); });
  if (any) {
    const ColumnType& type = lies_flat(from) ? from.type() : boxed_type();
    if (block.rows.type() != type) {
      // Rows without a value are of any type.
      Vector before = std::exchange(block.rows, Vector());
      block.rows.restart(block.has_values ? boxed_type() : type, first);
      for (std::size_t i = 0; i < first; ++i) TRY_STATUS(put_boxed(block.rows, i, before, i));
    }
    block.has_values = true;
    if (!std::exchange(has_values_, true)) type_ = block.rows.type();
    is_uniform_ = is_uniform_ && block.rows.type() == type_;
  }
  block.rows.resize(first + rows.size());
  const bool as_they_lie = any && block.rows.type() == from.type() && lies_flat(from);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (const auto absence = from.absence(rows[i])) {
      block.rows.validity().clear(first + i, *absence);
      has_absent_ = true;
    } else if (!as_they_lie) {
      TRY_STATUS(put_boxed(block.rows, first + i, from, rows[i]));
    }
  }
  if (!as_they_lie) return {};
  value::visit_physical(from.type().physical, [&]<class T>(const T&) {
    const auto view = from.view<T>();
    const auto out = block.rows.fill<T>();
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if constexpr (std::is_same_v<T, value::StringRef>) {
        if (!view.validity->has(rows[i])) continue;
        const auto& text = view.values[rows[i]];
        out[first + i] = text.is_inside() ? text : block.rows.arena().add(text.view());
      } else {
        out[first + i] = view.values[rows[i]];
      }
    }
  });
  return {};
}

Result<Vector> HeldColumn::at(std::span<const Place> places, value::Absence none,
                              Vector memory) const {
  const auto block_of = [&](Place place) -> const Vector& {
    return blocks_[place >> kRowBits].rows;
  };
  const auto row_of = [](Place place) { return place & (kBlockRows - 1); };
  if (!is_uniform_ || type_.physical == Physical::list) {
    memory.restart(boxed_type(), places.size());
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] == kNone) {
        memory.validity().clear(i, none);
      } else {
        TRY_STATUS(put_boxed(memory, i, block_of(places[i]), row_of(places[i])));
      }
    }
    return memory;
  }
  memory.restart(type_, places.size());
  value::visit_physical(type_.physical, [&]<class T>(const T&) {
    const auto out = memory.fill<T>();
    for (std::size_t i = 0; i < places.size(); ++i) {
      if (places[i] == kNone) {
        memory.validity().clear(i, none);
        continue;
      }
      const std::size_t row = row_of(places[i]);
      if (has_absent_) {
        if (const auto absence = block_of(places[i]).absence(row)) {
          memory.validity().clear(i, *absence);
          continue;
        }
      }
      out[i] = static_cast<const T*>(starts_[places[i] >> kRowBits])[row];
    }
  });
  return memory;
}

}  // namespace octavo::exec
