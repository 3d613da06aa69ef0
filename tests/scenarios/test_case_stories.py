"""Cases from discovery to their last day, through the chats, on a clock the test moves."""

from pathlib import Path

import pytest

from bot.adapters.slack import FILE_SCOPES, OPTIONAL_SCOPES, REQUIRED_SCOPES
from bot.core.people import Role
from tests import calendars
from tests.scenarios.program import TOKEN
from tests.scenarios.story import OnSlack, OnTelegram, Site, a_story, read, says
from tests.servers.slack_server import APP_TOKEN, BOT_TOKEN, SlackServer
from tests.servers.slack_state import SlackMessage
from tests.servers.telegram_server import TelegramServer

pytestmark = pytest.mark.timeout(60)

ENTRY = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8">
<title>Dr Claire Lefèvre, dentiste à Lille - AnnuairePlus</title></head><body>
<h1>Dr Claire Lefèvre</h1><p>Chirurgienne-dentiste, 12 rue des Lilas, 59000 Lille.</p>
<p>Note des internautes : 1,8 sur 5. Dr Claire Lefèvre n’a pas réclamé cette fiche.</p>
<footer><a href="/mentions-legales">Mentions légales</a></footer></body></html>"""
NOTICE = """<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8">
<title>Mentions légales</title></head><body><h1>Mentions légales</h1>
<p>Éditeur : AnnuairePlus SAS, 1 rue Neuve, 75001 Paris, SIREN 732 829 320</p>
<p>Directeur de la publication : Jean Durand</p>
<p>Courriel : dpo@annuaireplus.example</p></body></html>"""
PICTURE = b"\xff\xd8\xff\xe0 a photo of the screen"
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Avis</title>
<item><guid isPermaLink="false">avis-1</guid><title>Un avis</title>
<link>https://avis.example/1</link><pubDate>Wed, 11 Nov 2026 09:00:00 +0000</pubDate>
<description>Claire Lefèvre est un escroc, elle m’a volé 300 euros.</description></item>
</channel></rss>"""
EVENTS = ("message.im", "app_home_opened")
RECEIPT = b"\xff\xd8\xff\xe0 a photo of the receipt"


async def test_a_listing_from_its_discovery_to_the_silence_of_the_regulator(
    tmp_path: Path,
) -> None:
    async with TelegramServer(token=TOKEN) as server, Site() as site:
        site.pages = {"/dr-lefevre": ENTRY, "/mentions-legales": NOTICE}
        by = {"telegram_token": TOKEN, "telegram_api_base": server.api_base}
        async with a_story(tmp_path, **by) as story:
            me = OnTelegram(server, server.add_private(41, "Claire"))
            await me.says(f"/start {await story.invite()}", "bienvenue")
            await me.says("/ajouter", "Que voulez-vous ajouter")
            what = await me.says(f"{site.url}/dr-lefevre", "Qu’en faire")
            preview = await me.press(what, "Surveiller cette adresse", "La surveiller ?")
            await me.press(preview, "La surveiller", "je surveille")
            await story.read_sources()
            await story.morning()
            digest = await me.reads("1 publication plus ancienne")
            card = await me.press(digest, "Les examiner", "À traiter", "AnnuairePlus")
            case = await me.press(card, "Illicite", "📂 Dossier 1 —")
            await me.attaches(case, PICTURE, "La fiche, ce matin", "La publication")
            listed = await me.press(case, "Qualifier", "qualifier")
            await me.press(listed, "🔎 3")
            await me.chooses("Un fait", "C’est vrai", "Une personne", "Tout le monde", "Oui")
            await me.chooses("fiche ou données", "C’est bon", "Passer")
            await me.reads("Retenu")
            listed = await me.press(case, "Toutes les démarches", "que peut-on faire")
            await me.press(listed, "Vos données", "Opposition")
            request = await me.press(listed, "Opposition et effacement", "📌 Opposition")
            letter = await me.press(request, "Préparer le courrier", "✉️ Opposition")
            found = await me.press(letter, "Destinataire", "À qui l’envoyer", "Jean Durand")
            await me.press(found, "1. AnnuairePlus")
            await me.shows(letter, "1 rue Neuve, 75001 Paris")
            await me.press(letter, "Compléter", "Quelle est votre profession")
            await me.says("chirurgienne-dentiste", "Quelle est votre adresse")
            await me.says("12 rue des Lilas, 59000 Lille", "Quelles sont vos raisons")
            await me.says("Cette fiche a été créée sans moi.", "Il manque encore", "les données")
            await me.press(letter, "Compléter", "Quelles données")
            await me.says("Nom, adresse, note.", "C’est gardé")
            await me.shows(letter, "complet")
            await me.press(letter, "Voir le projet")
            for words in map(read, await me.files("_PROJET.pdf", "_PROJET.docx")):
                assert "Nom, adresse, note." in words
            await me.press(letter, "Valider")
            for words in map(read, await me.files("_LEFEVRE.pdf", "_LEFEVRE.docx")):
                assert "AnnuairePlus SAS" in words
                assert "75001 PARIS" in words
                assert "Lille, le 24 novembre 2026" in words
                assert "PROJET" not in words
            await me.shows(letter, "Validé")
            await me.press(letter, "C’est envoyé")
            await me.chooses("En lettre recommandée")
            await me.says("aujourd’hui", "numéro")
            await me.says("1A 234 567 8901 2", "recommandé posté")
            await me.shows(request, "recommandé posté, à remettre")
            await story.live_until("2026-11-27")
            await me.press(request, "La Poste dit")
            await me.chooses("Remise contre signature")
            await me.says("aujourd’hui", "recommandé remis")
            await me.attaches(case, RECEIPT, "L’avis rose", "Un accusé de réception")
            await story.live_until("2026-12-29")
            late = await me.reads("⏰ Rappel", "RGPD")
            await me.press(late, "Toujours rien")
            await me.shows(request, "sans réponse")
            complaint = await me.press(request, "Plainte à la CNIL", "📌 Plainte à la CNIL")
            letter = await me.press(complaint, "Préparer le courrier", "✉️ Plainte à la CNIL")
            await me.press(letter, "Compléter", "Quelle est votre adresse électronique")
            await me.says("cabinet@lefevre", "n’est pas")
            await me.says("cabinet@lefevre.example", "Quelles sont vos raisons")
            await me.says("La société ne répond pas.", "C’est gardé")
            await me.shows(letter, "complet")
            await me.press(letter, "Valider")
            filed = await me.files("plainte-cnil_127-0-0-1_LEFEVRE.pdf", "_LEFEVRE.docx")
            for words in map(read, filed):
                assert "75334 PARIS CEDEX 07" in words
                assert "opposition et effacement, envoyée le 24 novembre 2026" in words
                assert "Reçue le 27 novembre 2026" in words
                assert "Aucune réponse à ce jour, 29 décembre 2026" in words
            await me.press(letter, "C’est envoyé", "Comment est-ce parti")
            await me.chooses("En ligne")
            await me.says("aujourd’hui", "la référence")
            await me.chooses("Passer")
            await me.shows(complaint, "réponse attendue")
            await story.live_until("2027-03-31")
            silent = await me.reads("⏰ Rappel", "Silence de la CNIL")
            await me.press(silent, "Pourquoi cette date", "lundi de Pâques", "décision implicite")
            await me.press(silent, "Toujours rien")
            await me.shows(complaint, "sans réponse")
            appeal = ("Recours devant le Conseil d’État", "jeudi 27 mai 2027")
            await me.press(complaint, "Pourquoi cette date", *appeal)
            await story.live_until("2027-05-20")
            await me.reads("⏰ Rappel", "dans 7 jours", *appeal, "confier le recours à un avocat")


async def test_a_refusal_of_a_platform_to_the_internal_complaint_in_a_channel(
    tmp_path: Path,
) -> None:
    scopes = (*REQUIRED_SCOPES, *OPTIONAL_SCOPES, *FILE_SCOPES)
    async with SlackServer(events=EVENTS, scopes=scopes) as server, Site() as site:
        site.pages = {"/rss": FEED}
        by = {
            "slack_bot_token": BOT_TOKEN,
            "slack_app_token": APP_TOKEN,
            "slack_api_base": server.api_base,
        }
        async with a_story(tmp_path, **by) as story:
            await server.wait_for(lambda: server.socket.connections)
            people = [server.add_user(name) for name in ("claire", "paul", "nadia")]
            team = server.add_channel("cabinet", *people)
            claire, paul, nadia = (OnSlack(server, team, each) for each in people)
            await claire.joins(await story.invite())
            await paul.joins(await story.invite(Role.PARTNER))
            await nadia.joins(await story.invite(Role.SECRETARY))
            await story.watch(f"{site.url}/rss")
            await story.morning()
            card = await paul.reads("escroc")
            case = await paul.press(card, "Illicite", "📂 Dossier 1 —")
            listed = await nadia.press(case, "Pièces", "Aucune pièce")
            modal = await nadia.opens(listed, "Ajouter", "La pièce")
            photo = server.keep_file("avis.jpg", PICTURE)
            kept = {"file": [photo], "title": "L’avis, ce matin", "role": "capture"}
            await nadia.fills(modal, "Ajoutée au dossier 1", **kept)
            listed = await paul.press(case, "Toutes les démarches", "que peut-on faire")
            listed = await paul.press(listed, "Le site", "Notification")
            notice = await paul.press(listed, "Notification à l’hébergeur", "📌 Notification")
            modal = await paul.opens(notice, "C’est envoyé", "exact et sincère")
            sent = {"how": "send", "on": "2026-11-24", "number": "42-7"}
            await server.submit_view(modal, sent).acked()
            await server.wait_for(lambda: modal.errors)
            assert set(modal.errors) == {"sincere"}
            await paul.fills(modal, "envoyé", **sent, sincere="sincere")
            modal = await claire.opens(case, "Confier", "À qui")
            await claire.fills(modal, "Confié à nadia", member="3")
            await story.live_until("2026-11-29")
            modal = await nadia.opens(notice, "Réponse reçue", "répon")
            refused = {"how": "refuse", "on": "2026-11-28", "said": "Conforme aux règles"}
            await nadia.fills(modal, "refus", **refused)
            await nadia.shows(notice, "vendredi 28 mai 2027")
            complaint = await nadia.press(notice, "Réclamation interne", "📌 Réclamation interne")
            letter = await nadia.press(complaint, "Préparer le courrier", "✉️ Réclamation")
            modal = await nadia.opens(letter, "Compléter", "Quelle est votre profession")
            told = {"profession": "chirurgienne-dentiste", "sender_email": "a@lefevre.example"}
            told |= {"recipient_name": "Avis SAS", "harm": "DIF"}
            await nadia.fills(modal, "Il manque encore", **told)
            modal = await nadia.opens(letter, "Compléter", "Quelles sont vos raisons")
            told = {"why": "Aucun acte n’a été facturé.", "reasons": "Le refus ne répond à rien."}
            await nadia.fills(modal, "C’est gardé", **told)
            await nadia.shows(letter, "complet")
            await nadia.press(
                letter, "Valider", "Je vous envoie le fichier dans notre conversation"
            )
            for words in map(read, await nadia.files("_LEFEVRE.pdf", "_LEFEVRE.docx")):
                assert "Avis SAS" in words
                assert "Le refus ne répond à rien." in words
                assert "28 novembre 2026" in words
            listed = await claire.asks("echeances", "Les dates à ne pas manquer", "28 mai 2027")
            await claire.press(listed, "Agenda 3", "Je vous envoie le fichier")
            (event,) = calendars.read((await claire.files(".ics"))[0].content)
            assert (str(event.day), event.status) == ("2027-05-28", "CONFIRMED")
            assert "contester le refus" in event.words
            server.home_opened(claire.user)
            await server.wait_for(lambda: server.home(claire.user))
            await story.live_until("2027-05-25")
            private = server.open_dm(claire.user)
            sign = ("⏰ Rappel", "dans 3 jours", "6 mois", "👉 nadia")

            def escalated() -> SlackMessage:
                return [each for each in server.messages(private) if says(each.words, sign)][-1]

            late = await server.wait_for(escalated)
            modal = await nadia.opens(complaint, "C’est envoyé", "exact et sincère")
            sent = {"how": "send", "on": "2027-05-25", "sincere": "sincere"}
            await nadia.fills(modal, "Réclamation interne, envoyé", **sent)
            await story.tick()
            await claire.shows(late, "✔️ Réglé")
            await paul.shows(case, "Réclamation interne — réponse attendue")
