// Two languages: the English words are the keys. What comes from the gateway stays as it says it.

const spanish = {
  "Overview": "Resumen", "Dead letters": "Mensajes rechazados", "Feeds": "Publicaciones", "Engines": "Motores",
  "Catalogs": "Catálogos", "Settings": "Configuración", "Mappings": "Mapeos", "Log in": "Entrar", "Log out": "Salir",
  "Token": "Clave", "Skip to content": "Ir al contenido", "viewer": "consulta", "operator": "operador",
  "The connection to the gateway is lost; trying again.": "Se perdió la conexión con el gateway; se reintenta.",
  "Items a second": "Ítems por segundo", "Waiting messages": "Mensajes en espera", "Failed postings": "Envíos con error",
  "Open dead letters": "Rechazados abiertos", "last hour": "última hora", "Routes": "Rutas", "Route": "Ruta",
  "State": "Estado", "Waiting": "En espera", "Outcomes": "Resultados", "since start": "desde el inicio",
  "Parts": "Partes", "Part": "Parte", "Since": "Desde", "Detail": "Detalle", "Postings": "Envíos",
  "Destination": "Destino", "Pending": "Pendientes", "Failed": "Con error", "Reason": "Motivo", "Last run": "Última corrida",
  "Next run": "Próxima corrida", "Feed": "Publicación", "Lag": "Atraso", "No routes run.": "No corre ninguna ruta.",
  "Tries": "Intentos", "Try again": "Reintentar", "Try this posting again now?": "¿Reintentar este envío ahora?",
  "Drop this posting? It is never sent.": "¿Eliminar este envío? No se enviará nunca.",
  "pending": "pendiente", "stuck": "trabado",
  "No postings wait.": "No hay envíos en espera.", "No feeds.": "No hay publicaciones.", "Messages": "Mensajes",
  "Code": "Código", "Catalog": "Catálogo", "Company": "Compañía", "Received": "Recibido", "Search": "Buscar",
  "Groups": "Grupos", "Newest": "Más nuevo", "Count": "Cantidad", "Show": "Ver", "Replay": "Reenviar",
  "Replay all": "Reenviar todos", "Discard": "Descartar", "Discard all": "Descartar todos", "Edit": "Editar",
  "Save": "Guardar", "Cancel": "Cancelar", "Export": "Exportar", "More": "Más", "Back": "Volver", "open": "abierto",
  "replayed": "reenviado", "discarded": "descartado", "all": "todos", "any": "cualquiera", "Apply": "Aplicar",
  "No dead letters.": "No hay mensajes rechazados.", "Queue": "Cola", "Message id": "Id del mensaje",
  "Reasons": "Motivos", "Message": "Mensaje", "item": "ítem", "bytes": "bytes", "Replayed as": "Reenviado como",
  "The message is too long for this page; only its beginning is shown.":
    "El mensaje es demasiado largo para esta página; se muestra solo el comienzo.",
  "valid JSON": "JSON válido", "no JSON": "no es JSON", "line": "línea", "column": "columna",
  "Saved.": "Guardado.", "Sent again as": "Reenviado como", "Discarded.": "Descartado.", "Done": "Hecho", "left": "quedan",
  "failed": "con error", "Confirm": "Confirmar", "Why?": "¿Por qué?", "optional": "opcional",
  "Send this letter again?": "¿Reenviar este mensaje?", "Lay this letter aside?": "¿Descartar este mensaje?",
  "Send all of these again?": "¿Reenviar todos estos?", "Lay all of these aside?": "¿Descartar todos estos?",
  "Run now": "Correr ahora", "Pause": "Pausar", "Resume": "Reanudar", "Rewind": "Rebobinar", "Collection": "Colección",
  "Goes by": "Avanza por", "Progress": "Avance", "Gateway": "Gateway", "documents": "documentos", "Ordered.": "Ordenado.",
  "Publish again what this feed has published?": "¿Publicar otra vez lo que ya se publicó?",
  "Let it run now?": "¿Correrla ahora?", "Let it rest until it is resumed?": "¿Pausarla hasta reanudarla?",
  "Let it go on where it was?": "¿Reanudarla donde estaba?",
  "Where to begin: a time, an age such as 2h, or a value; empty: from the beginning":
    "Dónde empezar: una fecha, una edad como 2h o un valor; vacío: desde el principio",
  "No feed has run yet.": "Ninguna publicación corrió todavía.", "Engine": "Motor", "Name": "Nombre", "Stores": "Tiendas",
  "Last ping": "Último aviso", "Started": "Iniciado", "Map": "Mapa", "console": "consola",
  "OFFLINE after": "OFFLINE después de", "seconds without a ping": "segundos sin aviso", "Records": "Registros",
  "Field": "Campo", "Type": "Tipo", "Key": "Clave", "required": "obligatorio", "key": "clave", "secret": "secreto",
  "refers to": "refiere a", "What": "Qué es", "Sample message": "Mensaje de ejemplo", "Setting": "Parámetro",
  "Value": "Valor", "From": "Origen", "Change": "Cambiar", "Unset": "Quitar", "not set": "sin valor",
  "Write this value into the collection 'configuration'? Every gateway on the store follows it.":
    "¿Escribir este valor en la colección 'configuration'? Todos los gateways de la base lo siguen.",
  "Take this setting out of the collection 'configuration'?": "¿Quitar este parámetro de la colección 'configuration'?",
  "New value": "Valor nuevo", "Only those that are given": "Solo los que tienen valor",
  "Findings": "Hallazgos", "No findings.": "Sin hallazgos.", "built in": "incluidos",
  "The files as they are now, with what 'gateway check' says of them.":
    "Los archivos como están ahora, con lo que dice 'gateway check'.",
  "Loading": "Cargando", "ready": "listo", "not ready": "no listo",
  "running": "corriendo", "draining": "terminando", "paused": "en pausa", "disabled": "apagada", "holding": "retenida", "not running": "sin gateway",
  "waits for the store": "espera a la base", "waiting": "esperando", "up": "en orden",
  "down": "caído", "never": "nunca", "Last error": "Último error", "Guarantee": "Garantía",
  "What arrives from now on is left alone, also what fails again.":
    "Lo que llegue desde ahora no se toca, tampoco lo que vuelva a fallar.",
  "One first, to see what comes of it": "Primero uno, para ver qué resulta",
  "Letters a second, at most": "Mensajes por segundo, como máximo", "empty: as fast as it goes": "vacío: lo más rápido posible",
  "Start": "Empezar", "Stop": "Detener", "Stop here": "Terminar aquí", "Go on with the rest": "Seguir con el resto",
  "What is settled while this page is open, the newest first.":
    "Lo que se procesa mientras esta página está abierta, lo más nuevo primero.",
  "and others that came too fast to be shown": "y otros que llegaron demasiado rápido para mostrarlos",
  "Nothing has been settled since this page was opened.": "No se procesó nada desde que se abrió esta página.",
  "Settled": "Procesado", "Outcome": "Resultado", "Items": "Ítems", "Header": "Encabezado", "Operation": "Operación",
  "Record": "Registro", "Explain": "Explicar", "Explain a message": "Explicar un mensaje",
  "Its dead letters": "Sus mensajes rechazados", "Its whole way now": "Su recorrido completo ahora",
  "The message is too long to be kept for this page.": "El mensaje es demasiado largo para guardarlo en esta página.",
  "the first that can read it": "la primera que pueda leerlo",
  "What would become of a message now, with the records that are stored. Nothing is sent or written.":
    "Qué pasaría ahora con un mensaje, con los registros guardados. No se envía ni se escribe nada.",
  "applied": "aplicado", "partlyRejected": "rechazado en parte", "rejected": "rechazado", "deadLettered": "rechazado entero",
  "duplicate": "duplicado", "ignored": "ignorado", "inserted": "insertado", "updated": "actualizado",
  "unchanged": "sin cambios", "deleted": "borrado", "absent": "ausente",
  "One goes ahead": "Va uno primero", "Close": "Cerrar", "The first one was applied.": "El primero se aplicó.",
  "The first one failed again:": "El primero volvió a fallar:",
  "The first one was sent, and not applied within ten seconds.": "El primero se envió y no se aplicó en diez segundos.",
  "The first one could not be sent:": "El primero no se pudo enviar:", "Replay what is found": "Reenviar lo encontrado",
  "reason, id, key": "motivo, id, clave", "the route takes it": "la ruta lo acepta", "finding": "hallazgo",
  "findings": "hallazgos",
  "Some of its bytes are gone from the store: it cannot be sent again as it was.":
    "Faltan bytes suyos en la base: no se puede reenviar como estaba.",
  "In force since": "En vigor desde", "Read again": "Releídos",
  "and refused: what was read before stays in force.": "y rechazados: sigue en vigor lo leído antes.",
  "Tests": "Pruebas", "File": "Archivo", "Files": "Archivos", "passed": "correctas", "cannot be run": "no se pueden correr",
  "No tests lie beside the mappings.": "No hay pruebas junto a los mapeos.",
  "There is no record": "No hay ningún registro", "Look up a record": "Buscar un registro", "Look up": "Buscar",
};

const fromCookie = document.cookie.split("; ").find((part) => part.startsWith("language="))?.slice(9);
export const language = ["en", "es"].includes(fromCookie) ? fromCookie
  : navigator.language.toLowerCase().startsWith("es") ? "es" : "en";
document.documentElement.lang = language;

export const t = (words) => (language === "es" ? spanish[words] ?? words : words);

export function speak(other) {
  document.cookie = `language=${other}; path=/; max-age=31536000; samesite=strict`;
  location.reload();
}

const times = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "medium" });
export const time = (text) => {
  const at = text ? new Date(text) : null;
  return at && !Number.isNaN(at.getTime()) ? times.format(at) : text ?? "";
};
const numbers = new Intl.NumberFormat(language);
export const number = (value) => (value === null || value === undefined ? "" : numbers.format(value));
