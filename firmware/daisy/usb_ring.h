// Bytes from one who writes to one who reads, of whom either may interrupt the
// other.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tombola {

template <size_t kSize>
class UsbRing {
  static_assert((kSize & (kSize - 1)) == 0, "a power of two");

 public:
  size_t Used() const {
    return written_.load(std::memory_order_acquire) -
           read_.load(std::memory_order_acquire);
  }
  size_t Room() const { return kSize - Used(); }

  // The writer's: takes what there is room for, and returns how much.
  size_t Write(const uint8_t* bytes, size_t count) {
    const size_t room = Room();
    if (count > room) count = room;
    const size_t at = written_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) bytes_[(at + i) % kSize] = bytes[i];
    written_.store(at + count, std::memory_order_release);
    return count;
  }

  // The reader's: gives what there is, and returns how much.
  size_t Read(uint8_t* bytes, size_t limit) {
    const size_t used = Used();
    if (limit > used) limit = used;
    const size_t at = read_.load(std::memory_order_relaxed);
    for (size_t i = 0; i < limit; ++i) bytes[i] = bytes_[(at + i) % kSize];
    read_.store(at + limit, std::memory_order_release);
    return limit;
  }

  // The reader's: all that is there is of no use any more.
  void Drop() {
    read_.store(written_.load(std::memory_order_acquire),
                std::memory_order_release);
  }

 private:
  std::atomic<size_t> written_ = 0;  // since the start; wraps around
  std::atomic<size_t> read_ = 0;
  uint8_t bytes_[kSize];
};

}  // namespace tombola
