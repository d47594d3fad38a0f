// Consistent overhead byte stuffing: any bytes, without a zero among them
// (Cheshire and Baker, IEEE/ACM Transactions on Networking 7, 1999). A zero can
// then end a frame, and whoever lost his place finds it at the next zero.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

// The most that `count` bytes become: a code byte before each 254 begun.
constexpr size_t CobsBytes(size_t count) { return count + count / 254 + 1; }

// Stuffs `count` bytes into `out`, which has room for CobsBytes(count) and does
// not overlap them. Returns how many it wrote.
size_t CobsStuff(const uint8_t* bytes, size_t count, uint8_t* out);

// Takes stuffed bytes one by one.
class CobsReader {
 public:
  enum class Step : uint8_t {
    kByte,     // `*out` is the next byte
    kNothing,  // the byte was a code
    kEnd,      // a frame ended where it may
    kBroken    // a frame ended in the middle of a run
  };

  Step Put(uint8_t byte, uint8_t* out);

 private:
  uint8_t left_ = 0;        // of the run, before the next code
  bool owes_zero_ = false;  // which stands for the next code
};

}  // namespace tombola
