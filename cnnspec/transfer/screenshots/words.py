"""What is written on the screenshots, in five languages; the names and addresses are invented."""

from __future__ import annotations

from collections.abc import Mapping

LANGUAGES = ("en", "de", "es", "fr", "ru")

PHRASES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "filler": {
        "en": (
            "The meeting was moved to Thursday.",
            "Please find the figures in the second table.",
            "We compared three ways to store the harvest.",
            "The river rose by two metres in a night.",
            "Both teams agreed on the plan.",
            "Nothing in the report is final yet.",
        ),
        "de": (
            "Die Sitzung wurde auf Donnerstag verlegt.",
            "Die Zahlen stehen in der zweiten Tabelle.",
            "Wir haben drei Lager für die Ernte verglichen.",
            "Der Fluss stieg in einer Nacht um zwei Meter.",
            "Beide Gruppen stimmen dem Plan zu.",
            "Nichts in dem Bericht ist endgültig.",
        ),
        "es": (
            "La reunión pasa al jueves.",
            "Las cifras están en la segunda tabla.",
            "Comparamos tres maneras de guardar la cosecha.",
            "El río subió dos metros en una noche.",
            "Los dos equipos aceptan el plan.",
            "Nada en el informe es definitivo.",
        ),
        "fr": (
            "La réunion est reportée à jeudi.",
            "Les chiffres se trouvent dans le second tableau.",
            "Nous avons comparé trois façons de stocker la récolte.",
            "Le fleuve est monté de deux mètres.",
            "Les deux équipes approuvent le plan.",
            "Rien dans ce rapport n'est définitif.",
        ),
        "ru": (
            "Собрание перенесено на четверг.",
            "Числа приведены во второй таблице.",
            "Мы сравнили три способа хранить урожай.",
            "За ночь река поднялась на два метра.",
            "Обе группы согласны с планом.",
            "В отчёте ещё нет ничего окончательного.",
        ),
    },
    "title": {
        "en": ("Quarterly report", "Notes", "Travel plan", "Invoice 2041", "Garden news", "Weather"),
        "de": ("Quartalsbericht", "Notizen", "Reiseplan", "Rechnung 2041", "Neues vom Garten", "Wetter"),
        "es": ("Informe trimestral", "Notas", "Plan de viaje", "Factura 2041", "Noticias", "El tiempo"),
        "fr": ("Rapport trimestriel", "Notes", "Voyage", "Facture 2041", "Nouvelles", "La météo"),
        "ru": ("Отчёт", "Заметки", "План поездки", "Счёт 2041", "Новости", "Погода"),
    },
    "menu": {
        "en": ("File", "Edit", "View", "Tools", "Help"),
        "de": ("Datei", "Bearbeiten", "Ansicht", "Extras", "Hilfe"),
        "es": ("Archivo", "Editar", "Ver", "Herramientas", "Ayuda"),
        "fr": ("Fichier", "Édition", "Affichage", "Outils", "Aide"),
        "ru": ("Файл", "Правка", "Вид", "Сервис", "Справка"),
    },
    "locked": {
        "en": ("Your files are encrypted!", "All your documents are locked", "Your computer is blocked"),
        "de": ("Ihre Dateien sind verschlüsselt!", "Alle Dokumente sind gesperrt", "Ihr Computer ist blockiert"),
        "es": ("¡Sus archivos están cifrados!", "Todos sus documentos bloqueados", "Su equipo está bloqueado"),
        "fr": ("Vos fichiers sont chiffrés !", "Tous vos documents sont bloqués", "Votre ordinateur est bloqué"),
        "ru": ("Ваши файлы зашифрованы!", "Все документы закрыты", "Ваш компьютер заблокирован"),
    },
    "demand": {
        "en": (
            "Photos, videos, databases and other files are no longer accessible.",
            "Send the payment to the wallet below before the time is over.",
            "After that the price doubles and the key is destroyed.",
            "Do not switch off your computer.",
        ),
        "de": (
            "Bilder, Videos, Datenbanken und andere Dateien sind nicht mehr zugänglich.",
            "Überweisen Sie den Betrag, bevor die Zeit abläuft.",
            "Danach verdoppelt sich der Preis, und der Schlüssel wird gelöscht.",
            "Schalten Sie nicht aus.",
        ),
        "es": (
            "Sus fotos, vídeos y bases de datos ya no son accesibles.",
            "Envíe el pago a la cartera antes de que acabe el tiempo.",
            "Después se duplica el precio y la clave se destruye.",
            "No apague el equipo.",
        ),
        "fr": (
            "Vos photos, vidéos et bases de données ne sont plus accessibles.",
            "Envoyez le paiement avant la fin du délai.",
            "Ensuite le prix double et la clé est détruite.",
            "N'éteignez pas l'ordinateur.",
        ),
        "ru": (
            "Фотографии, видео и базы данных больше недоступны.",
            "Отправьте оплату на кошелёк, пока не истекло время.",
            "Затем цена удвоится, а ключ будет уничтожен.",
            "Не выключайте компьютер.",
        ),
    },
    "pay": {
        "en": ("Pay now", "Check payment", "Decrypt"),
        "de": ("Jetzt zahlen", "Zahlung prüfen", "Entschlüsseln"),
        "es": ("Pagar ahora", "Comprobar pago", "Descifrar"),
        "fr": ("Payer", "Vérifier", "Déchiffrer"),
        "ru": ("Оплатить", "Проверить", "Расшифровать"),
    },
    "log in": {
        "en": ("Sign in to continue", "Your session has expired", "Confirm your identity"),
        "de": ("Bitte melden Sie sich an", "Ihre Sitzung ist abgelaufen", "Bestätigen Sie Ihre Identität"),
        "es": ("Inicie sesión para continuar", "Su sesión ha caducado", "Confirme su identidad"),
        "fr": ("Connectez-vous pour continuer", "Votre session a expiré", "Confirmez votre identité"),
        "ru": ("Войдите, чтобы продолжить", "Сеанс завершён", "Подтвердите личность"),
    },
    "fields": {
        "en": ("User name", "Password", "Code"),
        "de": ("Benutzer", "Kennwort", "Code"),
        "es": ("Usuario", "Contraseña", "Código"),
        "fr": ("Nom", "Mot de passe", "Code"),
        "ru": ("Имя", "Пароль", "Код"),
    },
    "update": {
        "en": ("Update required", "Installing update", "New version available"),
        "de": ("Aktualisierung nötig", "Aktualisierung läuft", "Neue Version verfügbar"),
        "es": ("Actualización necesaria", "Instalando actualización", "Nueva versión disponible"),
        "fr": ("Mise à jour requise", "Mise à jour en cours", "Nouvelle version disponible"),
        "ru": ("Требуется обновление", "Установка обновления", "Доступна новая версия"),
    },
    "remote": {
        "en": ("Your screen is being shared", "Remote session active", "Controlled by support"),
        "de": ("Ihr Bildschirm wird geteilt", "Fernsitzung aktiv", "Gesteuert vom Support"),
        "es": ("Su pantalla se está compartiendo", "Sesión remota activa", "Controlado por soporte"),
        "fr": ("Votre écran est partagé", "Session à distance active", "Contrôlé par le support"),
        "ru": ("Ваш экран демонстрируется", "Удалённый сеанс активен", "Управляет поддержка"),
    },
    "camera": {
        "en": ("wants to use your camera and microphone", "Camera is on", "Allow screen recording"),
        "de": ("möchte Kamera und Mikrofon benutzen", "Kamera ist an", "Bildschirmaufnahme erlauben"),
        "es": ("quiere usar la cámara y el micrófono", "La cámara está activa", "Permitir grabar la pantalla"),
        "fr": ("souhaite utiliser la caméra et le micro", "La caméra est active", "Autoriser la capture d'écran"),
        "ru": ("запрашивает камеру и микрофон", "Камера включена", "Разрешить запись экрана"),
    },
    "sale": {
        "en": ("You have won!", "Hot deal: -70 %", "Claim your prize", "Only today", "Free download"),
        "de": ("Sie haben gewonnen!", "Angebot: -70 %", "Preis abholen", "Nur heute", "Gratis laden"),
        "es": ("¡Ha ganado!", "Oferta: -70 %", "Reclame su premio", "Sólo hoy", "Descarga gratis"),
        "fr": ("Vous avez gagné !", "Promo : -70 %", "Réclamez le prix", "Aujourd'hui", "Gratuit"),
        "ru": ("Вы выиграли!", "Скидка: -70 %", "Забрать приз", "Только сегодня", "Скачать"),
    },
    "alert": {
        "en": ("WARNING! 5 viruses found", "Your computer is slow", "Call support now", "Scan now"),
        "de": ("WARNUNG! 5 Viren gefunden", "Ihr Computer ist langsam", "Support anrufen", "Jetzt prüfen"),
        "es": ("¡ATENCIÓN! 5 virus", "Su equipo va lento", "Llame a soporte", "Analizar"),
        "fr": ("ATTENTION ! 5 virus", "Votre ordinateur est lent", "Appelez le support", "Analyser"),
        "ru": ("ВНИМАНИЕ! 5 вирусов", "Компьютер работает медленно", "Звоните сейчас", "Проверить"),
    },
    "backup": {
        "en": ("Encrypted backup", "Your files are being encrypted", "Keep your recovery key safe"),
        "de": ("Verschlüsselte Sicherung", "Ihre Dateien werden verschlüsselt", "Bewahren Sie den Schlüssel auf"),
        "es": ("Copia cifrada", "Sus archivos se están cifrando", "Guarde la clave de recuperación"),
        "fr": ("Sauvegarde chiffrée", "Vos fichiers sont en cours de chiffrement", "Gardez la clé"),
        "ru": ("Шифрованная копия", "Ваши файлы шифруются", "Храните ключ восстановления"),
    },
    "buttons": {
        "en": ("OK", "Cancel", "Next", "Allow", "Later"),
        "de": ("OK", "Abbrechen", "Weiter", "Erlauben", "Später"),
        "es": ("OK", "Cancelar", "Seguir", "Permitir", "Luego"),
        "fr": ("OK", "Annuler", "Suite", "Autoriser", "Plus tard"),
        "ru": ("ОК", "Отмена", "Далее", "Разрешить", "Позже"),
    },
}
"""Phrases by topic and language."""
