// Translations: the English texts are the keys. Texts from the gateway are not translated.

const spanish = {
  "Overview": "Resumen", "Dead letters": "Mensajes rechazados", "Feeds": "Publicaciones", "Engines": "Motores",
  "Catalogs": "Catálogos", "Settings": "Configuración", "Mappings": "Mapeos", "Log in": "Entrar", "Log out": "Salir",
  "Token": "Clave", "Skip to content": "Ir al contenido", "viewer": "consulta", "operator": "operador",
  "Connection to the gateway lost; reconnecting.": "Se perdió la conexión con el gateway; reconectando.",
  "Items per second": "Ítems por segundo", "Waiting messages": "Mensajes en espera", "Failed postings": "Envíos con error",
  "Open dead letters": "Rechazados abiertos", "last hour": "última hora", "Routes": "Rutas", "Route": "Ruta",
  "State": "Estado", "Waiting": "En espera", "Outcomes": "Resultados", "since start": "desde el inicio",
  "Parts": "Partes", "Part": "Parte", "Since": "Desde", "Detail": "Detalle", "Postings": "Envíos",
  "Destination": "Destino", "Pending": "Pendientes", "Failed": "Con error", "Reason": "Motivo", "Last run": "Última ejecución",
  "Next run": "Próxima ejecución", "Feed": "Publicación", "Lag": "Atraso", "No routes are running.": "No hay rutas en ejecución.",
  "Attempts": "Intentos", "Try again": "Reintentar", "Try this posting again now?": "¿Reintentar este envío ahora?",
  "Drop this posting? It is never sent.": "¿Eliminar este envío? No se enviará nunca.",
  "pending": "pendiente", "stuck": "bloqueado",
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
  "valid JSON": "JSON válido", "not JSON": "no es JSON", "line": "línea", "column": "columna",
  "Saved.": "Guardado.", "Discarded.": "Descartado.", "Done": "Hecho", "left": "quedan",
  "failed": "con error", "Confirm": "Confirmar", "Why?": "¿Por qué?", "optional": "opcional",
  "Replay this dead letter?": "¿Reenviar este mensaje?", "Discard this dead letter?": "¿Descartar este mensaje?",
  "Replay all of these?": "¿Reenviar todos estos?", "Discard all of these?": "¿Descartar todos estos?",
  "Run now": "Ejecutar ahora", "Pause": "Pausar", "Resume": "Reanudar", "Rewind": "Rebobinar", "Collection": "Colección",
  "Ordered by": "Ordenado por", "Progress": "Avance", "Gateway": "Gateway", "documents": "documentos", "Requested.": "Solicitado.",
  "Publish again what this feed has published?": "¿Publicar otra vez lo que ya se publicó?",
  "Run this feed now?": "¿Ejecutarla ahora?", "Pause this feed until it is resumed?": "¿Pausarla hasta reanudarla?",
  "Resume this feed where it stopped?": "¿Reanudarla donde estaba?",
  "Where to begin: a time, an age such as 2h, or a value; empty: from the beginning":
    "Desde dónde empezar: una fecha, una antigüedad como 2h o un valor; vacío: desde el principio",
  "No feed has run yet.": "Ninguna publicación se ejecutó todavía.", "Engine": "Motor", "Name": "Nombre", "Stores": "Tiendas",
  "Last ping": "Última señal", "Started": "Iniciado", "Map": "Mapa", "console": "consola",
  "OFFLINE after": "OFFLINE después de", "seconds without a ping": "segundos sin señal", "Records": "Registros",
  "Field": "Campo", "Type": "Tipo", "Key": "Clave", "required": "obligatorio", "key": "clave", "secret": "secreto",
  "refers to": "refiere a", "What": "Qué es", "Sample message": "Mensaje de ejemplo", "Setting": "Parámetro",
  "Value": "Valor", "From": "Origen", "Change": "Cambiar", "Unset": "Quitar", "not set": "sin valor",
  "Write this value into the collection 'configuration'? Every gateway on the store follows it.":
    "¿Escribir este valor en la colección 'configuration'? Se aplica a todos los gateways de la base.",
  "Remove this setting from the collection 'configuration'?": "¿Quitar este parámetro de la colección 'configuration'?",
  "New value": "Valor nuevo", "Only settings with a value": "Solo los que tienen valor",
  "Findings": "Hallazgos", "No findings.": "Sin hallazgos.", "built in": "incluidos",
  "The current files, with the findings of 'gateway check'.":
    "Los archivos actuales, con los hallazgos de 'gateway check'.",
  "Loading": "Cargando", "ready": "listo", "not ready": "no listo",
  "running": "en ejecución", "draining": "terminando", "paused": "en pausa", "disabled": "desactivada",
  "holding": "retenida", "not running": "sin gateway",
  "waits for the store": "espera a la base", "waiting": "esperando", "up": "activo",
  "down": "caído", "never": "nunca", "Last error": "Último error", "Guarantee": "Garantía",
  "Dead letters that arrive from now on are not replayed, nor those that fail again.":
    "Los que lleguen desde ahora no se reenvían, ni los que vuelvan a fallar.",
  "Replay one first and check its outcome": "Reenviar primero uno y ver su resultado",
  "Maximum number of dead letters a second": "Cantidad máxima de mensajes por segundo", "empty: no limit": "vacío: sin límite",
  "Start": "Empezar", "Stop": "Detener", "Stop here": "Terminar aquí", "Go on with the rest": "Seguir con el resto",
  "Messages settled while this page is open, newest first.":
    "Mensajes procesados mientras esta página está abierta; los más nuevos primero.",
  "and others that arrived too fast to be shown": "y otros que llegaron demasiado rápido para mostrarlos",
  "No messages settled since this page was opened.": "No se procesaron mensajes desde que se abrió esta página.",
  "Settled": "Procesado", "Outcome": "Resultado", "Items": "Ítems", "Header": "Encabezado", "Operation": "Operación",
  "Record": "Registro", "Explain": "Explicar", "Explain a message": "Explicar un mensaje",
  "Its dead letters": "Sus mensajes rechazados", "As it would be processed now": "Cómo se procesaría ahora",
  "The message is too long to be kept for this page.": "El mensaje es demasiado largo para guardarlo en esta página.",
  "the first one that matches": "la primera que coincida",
  "What would happen to a message now, with the stored records. Nothing is sent or written.":
    "Qué pasaría ahora con un mensaje, con los registros guardados. No se envía ni se escribe nada.",
  "applied": "aplicado", "partlyRejected": "rechazado en parte", "rejected": "rechazado", "deadLettered": "rechazado entero",
  "duplicate": "duplicado", "ignored": "ignorado", "inserted": "insertado", "updated": "actualizado",
  "unchanged": "sin cambios", "deleted": "borrado", "absent": "ausente",
  "Replaying one first": "Reenviando primero uno", "Close": "Cerrar", "The first one was applied.": "El primero se aplicó.",
  "The first one failed again:": "El primero volvió a fallar:",
  "The first one was sent, but not applied within ten seconds.": "El primero se envió, pero no se aplicó en diez segundos.",
  "The first one could not be sent:": "El primero no se pudo enviar:", "Replay what is found": "Reenviar lo encontrado",
  "reason, id, key": "motivo, id, clave", "the route takes it": "la ruta lo acepta", "finding": "hallazgo",
  "findings": "hallazgos",
  "Part of its payload is missing in the store: it cannot be replayed unchanged.":
    "Falta una parte de su contenido en la base: no se puede reenviar sin cambios.",
  "In force since": "Vigente desde", "Reloaded": "Recargados",
  "and refused: the previous files stay in force.": "y rechazados: siguen vigentes los archivos anteriores.",
  "Tests": "Pruebas", "File": "Archivo", "Files": "Archivos", "passed": "correctas", "cannot be run": "no se pueden ejecutar",
  "There are no tests beside the mappings.": "No hay pruebas junto a los mapeos.",
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
