#include "value/buffer.h"

#include <limits>

#include "value/account_state.h"

namespace octavo::value {
namespace {

// Before the memory that is handed out; keeps its alignment.
struct alignas(16) Header {
  std::size_t bytes = 0;      // with this header
  std::uint32_t account = 0;  // 0: charged to none
};
static_assert(sizeof(Header) == 16 && __STDCPP_DEFAULT_NEW_ALIGNMENT__ >= 16);

}  // namespace

void* allocate_charged(std::size_t bytes) {
  ASSERT(bytes <= std::numeric_limits<std::size_t>::max() - sizeof(Header));
  bytes += sizeof(Header);
  Account::State* const account = account_in_use;
  if (account != nullptr) account->charge(bytes);
  void* const memory = ::operator new(bytes, std::nothrow);
  if (memory == nullptr) {
    if (account != nullptr) account->discharge(bytes);
    throw std::bad_alloc();
  }
  Header* const header = new (memory) Header{bytes, account != nullptr ? account->id : 0};
  return header + 1;
}

void free_charged(void* memory) noexcept {
  Header* const header = static_cast<Header*>(memory) - 1;
  if (header->account != 0) discharge(header->account, header->bytes);
  ::operator delete(header, header->bytes);
}

}  // namespace octavo::value
