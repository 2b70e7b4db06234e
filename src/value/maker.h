#pragma once

// Arrays and objects built in place when their size is known beforehand, as decoders do: one
// allocation, no vector in between. An unfinished maker destroys what it got.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "value/value.h"

namespace octavo::value {

class ArrayMaker {
 public:
  explicit ArrayMaker(std::size_t count);
  ~ArrayMaker();
  ArrayMaker(const ArrayMaker&) = delete;
  ArrayMaker& operator=(const ArrayMaker&) = delete;

  void append(Value element);  // at most `count` times
  Value finish() &&;           // after exactly `count` times

 private:
  Value::Heap* heap_;
  std::size_t count_;
};

class ObjectMaker {
 public:
  explicit ObjectMaker(std::size_t count);
  ~ObjectMaker();
  ObjectMaker(const ObjectMaker&) = delete;
  ObjectMaker& operator=(const ObjectMaker&) = delete;

  // Names must be unique.
  void append(std::string_view name, Value value) { append(std::string(name), std::move(value)); }
  void append(std::string&& name, Value value);
  ObjectView fields() const;  // so far
  // `by_name`: the fields' positions in the order of their names, from who has them already. Others
  // than those are found out, and put right.
  Value finish(std::span<const std::uint32_t> by_name = {}) &&;

 private:
  Value::Heap* heap_;
  std::size_t count_;
};

}  // namespace octavo::value
