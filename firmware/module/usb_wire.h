// The Seed's micro-USB as the link's wire.
#pragma once

#include "firmware/daisy/usb.h"
#include "firmware/module/link.h"

namespace tombola {

class UsbWire final : public Wire {
 public:
  size_t Read(uint8_t* bytes, size_t limit) override {
    return ReadUsb(bytes, limit);
  }
  size_t Write(const uint8_t* bytes, size_t count) override {
    return WriteUsb(bytes, count);
  }
};

}  // namespace tombola
