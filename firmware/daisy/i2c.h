// I2C2 as a master that only writes, at 100 kHz. One device needs it, once.
#pragma once

#include <cstddef>
#include <cstdint>

#include "firmware/generated/panel.h"

namespace tombola {

void InitI2c2(const Pin& clock, const Pin& data);

// Start, address, up to 255 bytes, stop. False when the device does not
// acknowledge or the bus does not move.
bool WriteI2c2(uint8_t address, const uint8_t* bytes, size_t count);

}  // namespace tombola
