"""Cases from discovery to their last day, through the chats, on a clock the test moves."""

from pathlib import Path

import pytest

from tests.scenarios.program import TOKEN
from tests.scenarios.story import OnTelegram, Site, a_story, read
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
