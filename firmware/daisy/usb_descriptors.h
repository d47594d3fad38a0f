// What the module says of itself when it is plugged in: a serial port of the
// communications device class (USB CDC 1.2, and its PSTN subclass 1.2, ACM).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

constexpr uint32_t kUsbDataEndpoint = 1;    // bulk, IN and OUT
constexpr uint32_t kUsbNoticeEndpoint = 2;  // interrupt IN; nothing is sent
constexpr size_t kUsbPacket = 64;           // bytes, of control and bulk
constexpr size_t kUsbNoticePacket = 8;
constexpr uint8_t kUsbConfiguration = 1;

struct UsbDescriptor {
  const uint8_t* bytes;  // nullptr: there is none
  size_t size;
};

// The descriptor that GET_DESCRIPTOR asks for (USB 2.0, 9.4.3): its type in the
// upper byte of `value`, its number in the lower. A string stays until the next
// call.
UsbDescriptor FindUsbDescriptor(uint16_t value);

}  // namespace tombola
