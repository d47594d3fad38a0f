// The board's flash chip as the storage's flash device.
#pragma once

#include "firmware/core/storage/flash_device.h"
#include "firmware/daisy/qspi.h"

namespace tombola {

class QspiFlash final : public FlashDevice {
 public:
  static_assert(kSectorBytes == kQspiSectorBytes &&
                kPageBytes == kQspiPageBytes);

  // Without a chip that answers, the device has no bytes.
  Error Init() {
    const Error error = InitQspi();
    size_ = error == Error::kNone ? kQspiBytes : 0;
    return error;
  }

  uint32_t size() const override { return size_; }
  const uint8_t* Data() const override { return QspiData(); }
  bool Erase(uint32_t offset) override { return EraseQspi(offset); }
  bool Write(uint32_t offset, const uint8_t* bytes, size_t count) override {
    return WriteQspi(offset, bytes, count);
  }

 private:
  uint32_t size_ = 0;
};

}  // namespace tombola
