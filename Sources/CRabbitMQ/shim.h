#ifndef PROMO_CRABBITMQ_SHIM_H
#define PROMO_CRABBITMQ_SHIM_H

#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>

#endif
