#include "firmware/core/voices/ports.h"

#include <cstring>

#include "firmware/core/dsp/math.h"

namespace tombola {

bool HasPort(const Ticket& ticket, PortKind kind, const char* name,
             TensorType type, uint32_t count) {
  for (int i = 0; i < ticket.ports(); ++i) {
    const PortRecord port = ticket.port(i);
    if (port.kind != kind || std::strcmp(port.name, name) != 0) continue;
    const TensorRecord tensor = ticket.tensor(port.tensor);
    return tensor.type == type && tensor.count == count;
  }
  return false;
}

void Put(const Port& port, int index, float value) {
  const float limit = port.type == kInt16 ? 32767.0f : 255.0f;
  const int32_t element = Round(Clamp(value / port.scale, -limit, limit));
  if (port.type == kInt16) {
    port.int16()[index] = static_cast<int16_t>(element);
    return;
  }
  const int32_t moved = element + port.zero_point;
  port.int8()[index] = static_cast<int8_t>(moved < -128  ? -128
                                           : moved > 127 ? 127
                                                         : moved);
}

float Get(const Port& port, int index) {
  const int element =
      port.type == kInt16 ? port.int16()[index] : port.int8()[index];
  return port.scale * static_cast<float>(element - port.zero_point);
}

float ToControl(float value, float low, float high) {
  return Clamp((value - low) * (2.0f / (high - low)) - 1.0f, -1.0f, 1.0f);
}

}  // namespace tombola
