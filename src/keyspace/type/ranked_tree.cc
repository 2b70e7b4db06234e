#include "keyspace/type/ranked_tree.h"

#include <algorithm>
#include <new>

#include "base/assert.h"

namespace octavo::keyspace {
namespace {

// Opens a hole at `at` in the first `count` elements.
template <class T>
void open_hole(T* array, std::uint32_t count, std::uint32_t at) {
  std::memmove(array + at + 1, array + at, (count - at) * sizeof(T));
}
template <class T>
void close_hole(T* array, std::uint32_t count, std::uint32_t at) {
  std::memmove(array + at, array + at + 1, (count - at - 1) * sizeof(T));
}

}  // namespace

ScoredNode* ScoredNode::create(std::string_view member, std::uint32_t hash, double score) {
  auto* node = new (allocate(sizeof(ScoredNode) + member.size())) ScoredNode;
  node->hash = hash;
  node->score = score;
  node->size = static_cast<std::uint32_t>(member.size());
  std::memcpy(node->bytes(), member.data(), member.size());
  return node;
}

void ScoredNode::destroy(ScoredNode* node) { release(node); }

RankedTree::~RankedTree() { destroy(root_); }

void RankedTree::destroy(Node* node) {
  if (node == nullptr) return;
  if (node->is_leaf) {
    delete static_cast<Leaf*>(node);
    return;
  }
  auto* inner = static_cast<Inner*>(node);
  for (std::uint32_t i = 0; i < inner->count; ++i) destroy(inner->children[i]);
  delete inner;
}

RankedTree::Item RankedTree::first_of(const Node* node) {
  return node->is_leaf ? static_cast<const Leaf*>(node)->items[0]
                       : static_cast<const Inner*>(node)->firsts[0];
}

std::uint64_t RankedTree::size_of(const Node* node) {
  if (node->is_leaf) return node->count;
  const auto* inner = static_cast<const Inner*>(node);
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < inner->count; ++i) sum += inner->sizes[i];
  return sum;
}

RankedTree::Spot RankedTree::seek(std::uint64_t rank) const {
  const Node* node = root_;
  if (node == nullptr) return {nullptr, 0};
  while (!node->is_leaf) {
    const auto* inner = static_cast<const Inner*>(node);
    std::uint32_t child = 0;
    while (child < inner->count && rank >= inner->sizes[child]) rank -= inner->sizes[child++];
    if (child == inner->count) return {nullptr, 0};
    node = inner->children[child];
  }
  const auto* leaf = static_cast<const Leaf*>(node);
  if (rank >= leaf->count) return {nullptr, 0};
  return {leaf, static_cast<std::uint32_t>(rank)};
}

// The leaf where the item is or belongs, and the way to it.
RankedTree::Leaf* RankedTree::descend(const Item& item, Path& path) {
  Node* node = root_;
  const std::string_view member = item.node->key();
  while (!node->is_leaf) {
    auto* inner = static_cast<Inner*>(node);
    const std::uint32_t child = last_true(inner->firsts, inner->count, [&](const Item& first) {
      return first.node == item.node || less(first, item.score, member);
    });
    ASSERT(path.height < kMaxHeight);
    path.steps[path.height++] = {inner, child};
    node = inner->children[child];
  }
  return static_cast<Leaf*>(node);
}

void RankedTree::insert(const ScoredNode* node) {
  const Item item{node->score, node};
  if (root_ == nullptr) root_ = new Leaf;
  Path path;
  Leaf* leaf = descend(item, path);
  std::uint32_t at = 0;
  while (at < leaf->count && less(leaf->items[at], item.score, node->key())) ++at;
  open_hole(leaf->items, leaf->count, at);
  leaf->items[at] = item;
  ++leaf->count;
  for (std::uint32_t i = path.height; i > 0; --i) {
    const Step& step = path.steps[i - 1];
    ++step.inner->sizes[step.child];
    step.inner->firsts[step.child] = first_of(step.inner->children[step.child]);
  }
  if (leaf->count == kLeafItems) split(leaf, path);
}

// Moves the upper half of a full node into a new right neighbour.
void RankedTree::split(Node* full, Path& path) {
  const std::uint32_t keep = full->count / 2;
  const std::uint32_t moved = full->count - keep;
  Node* right = nullptr;
  if (full->is_leaf) {
    auto* from = static_cast<Leaf*>(full);
    auto* to = new Leaf;
    std::copy_n(from->items + keep, moved, to->items);
    to->next = from->next;
    to->previous = from;
    if (to->next != nullptr) to->next->previous = to;
    from->next = to;
    right = to;
  } else {
    auto* from = static_cast<Inner*>(full);
    auto* to = new Inner;
    std::copy_n(from->sizes + keep, moved, to->sizes);
    std::copy_n(from->children + keep, moved, to->children);
    std::copy_n(from->firsts + keep, moved, to->firsts);
    right = to;
  }
  full->count = keep;
  right->count = moved;
  insert_child(path, full, right);
}

void RankedTree::insert_child(Path& path, Node* left, Node* right) {
  if (path.height == 0) {
    auto* root = new Inner;
    root->count = 2;
    root->children[0] = left;
    root->children[1] = right;
    for (std::uint32_t i = 0; i < 2; ++i) {
      root->sizes[i] = size_of(root->children[i]);
      root->firsts[i] = first_of(root->children[i]);
    }
    root_ = root;
    return;
  }
  const Step step = path.steps[--path.height];
  Inner* parent = step.inner;
  const std::uint32_t at = step.child + 1;
  open_hole(parent->sizes, parent->count, at);
  open_hole(parent->children, parent->count, at);
  open_hole(parent->firsts, parent->count, at);
  parent->children[at] = right;
  parent->firsts[at] = first_of(right);
  parent->sizes[at] = size_of(right);
  parent->sizes[step.child] -= parent->sizes[at];
  ++parent->count;
  if (parent->count == kFanOut) split(parent, path);
}

void RankedTree::erase(const ScoredNode* node) {
  const Item item{node->score, node};
  ASSERT(root_ != nullptr);
  Path path;
  Leaf* leaf = descend(item, path);
  std::uint32_t at = 0;
  while (at < leaf->count && leaf->items[at].node != node) ++at;
  ASSERT(at < leaf->count);
  close_hole(leaf->items, leaf->count, at);
  --leaf->count;
  for (std::uint32_t i = 0; i < path.height; ++i) --path.steps[i].inner->sizes[path.steps[i].child];
  if (leaf->count == 0) {
    remove_empty(leaf, path);
  }
  // The least items along the way may be gone.
  for (std::uint32_t i = path.height; i > 0; --i) {
    const Step& step = path.steps[i - 1];
    if (step.child < step.inner->count) {
      step.inner->firsts[step.child] = first_of(step.inner->children[step.child]);
    }
  }
  while (root_ != nullptr && !root_->is_leaf && root_->count == 1) {
    auto* old = static_cast<Inner*>(root_);
    root_ = old->children[0];
    delete old;
  }
}

// Removes an empty leaf and every ancestor that it leaves empty; `path` keeps the others.
void RankedTree::remove_empty(Node* node, Path& path) {
  auto* leaf = static_cast<Leaf*>(node);
  if (leaf->previous != nullptr) leaf->previous->next = leaf->next;
  if (leaf->next != nullptr) leaf->next->previous = leaf->previous;
  delete leaf;
  while (path.height > 0) {
    const Step step = path.steps[path.height - 1];
    close_hole(step.inner->sizes, step.inner->count, step.child);
    close_hole(step.inner->children, step.inner->count, step.child);
    close_hole(step.inner->firsts, step.inner->count, step.child);
    if (--step.inner->count > 0) return;
    --path.height;
    delete step.inner;
  }
  root_ = nullptr;
}

}  // namespace octavo::keyspace
