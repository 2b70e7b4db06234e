#include "value/object_fields.h"

#include <cstring>

#include "value/document_layout.h"

namespace octavo::value {

bool ObjectFields::fits(const Shape& shape, BytesView object) {
  return !shape.head.empty() && object.size() >= shape.values_at &&
         std::memcmp(object.data(), shape.head.data(), shape.head.size()) == 0 &&
         std::memcmp(object.data() + shape.names_at, shape.names.data(), shape.names.size()) == 0;
}

bool ObjectFields::open(BytesView object) {
  object_ = object;
  if (fits(shape(), object)) return ends_well();
  for (std::size_t i = 0; i < kShapes; ++i) {
    if (!fits(shapes_[i], object)) continue;
    shape_ = i;
    return ends_well();
  }
  return learn(object) && ends_well();
}

// The shape of an object takes the place of the one that was learned first.
bool ObjectFields::learn(BytesView object) {
  const auto container = document::Container::open(object);
  if (!container || container->is_array()) return false;
  const std::size_t head = 1 + container->width() * (1 + container->count());
  const BytesView names = container->names();
  const bool kept = head + names.size() <= kMaxShapeBytes;
  shape_ = kept ? next_ : kShapes;
  Shape& shape = shapes_[shape_];
  shape.head.clear();  // until all of it is there
  shape.width = container->width();
  shape.count = container->count();
  shape.value_ends_at = head;
  shape.values_at = object.size() - container->values().size();
  shape.names_at = shape.values_at - names.size();
  shape.places.clear();
  for (const std::string& name : wanted_) {
    const auto place = container->find(name);
    shape.places.push_back(place ? static_cast<std::uint32_t>(*place) : kNowhere);
  }
  if (!kept) return true;
  for (std::size_t i = 0; i < container->count(); ++i) {
    if (!container->name(i)) return false;
  }
  shape.names.assign(names);
  shape.head.assign(object.substr(0, head));
  next_ = (next_ + 1) % kShapes;
  return true;
}

}  // namespace octavo::value
