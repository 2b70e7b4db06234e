#pragma once

// Finds the same few fields in one encoded object after the other. Objects of one kind have one
// shape: count, names and their order. The last four shapes are kept with the places of the wanted
// fields in each, so that an object of a known shape is told by two comparisons of bytes, whatever
// number of fields is wanted.

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "value/document_layout.h"

namespace octavo::value {

// One thread at a time uses it. Keeps up to 4 KiB of names.
class ObjectFields {
 public:
  explicit ObjectFields(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}

  // Looks at an object or geometry, whose tag the caller has seen. False: its tables are damaged.
  bool open(BytesView object);

  enum class Found : std::uint8_t { value, nothing, damage };
  // The bytes of the wanted field of that number in what was opened last; they may be empty, which
  // no value is. `damage`: they are not within the object.
  Found field(std::size_t number, BytesView& value) const;

 private:
  static constexpr std::size_t kShapes = 4;
  // Names that are longer are not compared as a whole: a search by name touches less.
  static constexpr std::size_t kMaxShapeBytes = 1024;
  static constexpr std::uint32_t kNowhere = 0xffffffff;

  struct Shape {
    Bytes head;  // tag, count, ends of names; empty: no shape
    Bytes names;
    std::size_t width = 1;
    std::size_t count = 0;
    std::size_t value_ends_at = 0;  // in the object
    std::size_t names_at = 0;
    std::size_t values_at = 0;
    std::vector<std::uint32_t> places;  // of the wanted fields
  };

  static bool fits(const Shape& shape, BytesView object);
  bool learn(BytesView object);
  const Shape& shape() const { return shapes_[shape_]; }
  // The last value ends where the object does.
  bool ends_well() const;
  std::size_t value_end(std::size_t place) const;

  std::vector<std::string> wanted_;
  std::array<Shape, kShapes + 1> shapes_;  // the last is of an object with many names, not kept
  std::size_t shape_ = 0;                  // of the object opened last
  std::size_t next_ = 0;                   // to be replaced
  BytesView object_;
};

inline std::size_t ObjectFields::value_end(std::size_t place) const {
  return document::load_width(object_.data() + shape().value_ends_at + place * shape().width,
                              shape().width);
}

inline bool ObjectFields::ends_well() const {
  const std::size_t size = object_.size() - shape().values_at;
  return size == (shape().count == 0 ? 0 : value_end(shape().count - 1));
}

inline ObjectFields::Found ObjectFields::field(std::size_t number, BytesView& value) const {
  const std::uint32_t place = shape().places[number];
  if (place == kNowhere) return Found::nothing;
  const std::size_t begin = place == 0 ? 0 : value_end(place - 1);
  const std::size_t end = value_end(place);
  if (begin > end || end > object_.size() - shape().values_at) return Found::damage;
  value = object_.substr(shape().values_at + begin, end - begin);
  return Found::value;
}

}  // namespace octavo::value
